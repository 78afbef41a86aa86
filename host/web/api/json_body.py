"""Reads the JSON bodies of the API: what no parser can take is the sender's mistake, never a fault of ours."""

from __future__ import annotations

from typing import Any

from flask import Request
from flask_smorest import Blueprint, abort
from webargs.core import missing, parse_json
from webargs.flaskparser import is_json_request


def install() -> None:
    """For every blueprint, plugins' too: they share one parser."""
    Blueprint.ARGUMENTS_PARSER._raw_load_json = read_body  # noqa: SLF001 - the parser's hook for this


def read_body(asked: Request) -> Any:
    """The parsed body, or `missing` if there is none. Too deep, digits without end: 400; another type of content: 415."""
    if not is_json_request(asked):
        if asked.content_length:
            abort(415)
        return missing
    try:
        return parse_json(asked.get_data(cache=True))
    except (ValueError, RecursionError):
        abort(400, message="The body is no JSON that can be read.")
