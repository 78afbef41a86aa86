"""Jobs by the clock: list them, start and stop one (R20)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask_smorest import Blueprint, abort

from host.plugin_api import JobUnknown
from host.plugin_api.web import actor
from host.registry import PluginQuarantined, PluginUnknown
from host.scheduling.site_jobs import JobRefused, job_lines, jobs_of, start_job
from host.web.api import job_schemas as schemas
from host.web.api.access import require_admin
from host.web.current import services_here

blueprint = Blueprint(
    "api_jobs", __name__, url_prefix="/api/v1/jobs", description="What runs by the clock or by hand (role admin)"
)
blueprint.before_request(require_admin)


@blueprint.route("", methods=["GET"])
@blueprint.response(200, schemas.JobListSchema)
@blueprint.alt_response(401, description="No valid token")
@blueprint.alt_response(403, description="The token's role is not admin")
def list_jobs() -> dict[str, Any]:
    """All jobs with their last run and when the next is due (role admin)"""
    return {"jobs": job_lines(services_here())}


@blueprint.route("/<plugin>/<job>/start", methods=["POST"])
@blueprint.response(202, schemas.JobStartedSchema)
@blueprint.alt_response(401, description="No valid token")
@blueprint.alt_response(403, description="The token's role is not admin")
@blueprint.alt_response(404, description="No such job")
@blueprint.alt_response(409, description="The plugin is switched off")
def start(plugin: str, job: str) -> dict[str, int]:
    """Let a job run now; if its last run is not over yet, that one goes on (role admin)"""
    with _answered():
        return {"run": start_job(services_here(), plugin, job, actor())}


@blueprint.route("/<plugin>/<job>/stop", methods=["POST"])
@blueprint.response(200, schemas.JobStoppedSchema)
@blueprint.alt_response(401, description="No valid token")
@blueprint.alt_response(403, description="The token's role is not admin")
@blueprint.alt_response(404, description="No such job")
def stop(plugin: str, job: str) -> dict[str, bool]:
    """End the run of a job that is not over yet; `stopped` is false if there is none (role admin)"""
    with _answered():
        return {"stopped": jobs_of(services_here(), plugin).stop(job, actor())}


@contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except (PluginUnknown, PluginQuarantined, JobUnknown) as error:
        abort(404, message=str(error))
    except JobRefused as error:
        abort(409, message=str(error))
