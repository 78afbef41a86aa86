"""JSON logs: one line for each request, with its id; no address lines, query strings, names, numbers or texts."""

from __future__ import annotations

import logging
import re
import sys
import time
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request
from structlog.typing import Processor

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
# counted by /metrics; a line for each would bury the others
_QUIET = frozenset({"api_events.take_event", "static", "health.healthz", "health.readyz", "health.metrics"})


def configure() -> None:
    """Send all logs of this process to standard error as JSON, those of libraries too."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    render: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=render))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # else every /readyz writes lines about nothing


def install(app: Flask) -> None:
    """Give each request an id, told back in X-Request-ID, and log its end."""
    log = structlog.get_logger("tsunagu.web")

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _ID.fullmatch(given) else uuid4().hex
        g.began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        if "request_id" in g:
            response.headers["X-Request-ID"] = g.request_id
        if request.endpoint not in _QUIET or response.status_code >= 400:
            log.info(
                "request",
                method=request.method,
                endpoint=request.endpoint or "-",
                status=response.status_code,
                milliseconds=round(elapsed() * 1000, 1),
            )
        return response


def elapsed() -> float:
    """Seconds since this request began."""
    return time.perf_counter() - float(g.get("began", time.perf_counter()))
