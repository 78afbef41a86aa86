"""Takes the events of telephone systems: signed posts, each of which is one transaction."""

from __future__ import annotations

import json

from flask import Flask, Response, current_app, request
from flask_smorest import Blueprint, abort
from marshmallow import Schema, fields
from werkzeug.exceptions import RequestEntityTooLarge

from host.telephony.problems import EventRefused, InvalidEvent, MalformedEvent, NotSigned
from host.telephony.receive import Received, Receiver
from host.telephony.schemas import EventSchema
from host.telephony.signature import SIGNED_HEADERS
from host.web import csrf
from host.web.api.specification import PUBLIC
from host.web.current import services_of
from host.web.metrics import EVENTS

ENDPOINT = "api_events.take_event"
LARGEST_EVENT = 64 * 1024
_STATUS = {NotSigned: 401, MalformedEvent: 400, InvalidEvent: 422}
_BODY = {result: json.dumps({"result": result.value}) for result in Received}
_ANSWER = {Received.STORED: 200, Received.REPEATED: 200, Received.IGNORED: 202}

blueprint = Blueprint("api_events", __name__, url_prefix="/api/v1/telephony", description="What telephone systems tell")


class ReceivedSchema(Schema):
    result = fields.Enum(Received, by_value=True)


def install(app: Flask) -> None:
    csrf.signed(ENDPOINT, app)
    app.extensions[ENDPOINT] = Receiver(services_of(app))


_HEADERS = [{"in": "header", "name": name, "required": True, "schema": {"type": "string"}} for name in SIGNED_HEADERS]


@blueprint.route("/events", methods=["POST"])
@blueprint.doc(
    security=PUBLIC,
    parameters=_HEADERS,
    requestBody={"required": True, "content": {"application/json": {"schema": EventSchema}}},
)
@blueprint.response(200, ReceivedSchema, description="Taken; or it was taken before, and changed nothing")
@blueprint.alt_response(202, schema=ReceivedSchema, description="Of a type this server does not know: without effect")
@blueprint.alt_response(400, description="It cannot be read")
@blueprint.alt_response(401, description="Not signed by a known source, or more than five minutes ago")
@blueprint.alt_response(413, description="Larger than 64 kB")
@blueprint.alt_response(422, description="A field is missing or means nothing")
def take_event() -> Response:
    """Tell of a call (Standard Webhooks)

    The signature is checked over the raw body. The same webhook-id has an effect once only.
    """
    try:
        result, kind = current_app.extensions[ENDPOINT].receive(_signed_headers(), _body())
    except EventRefused as refused:
        EVENTS.labels("-", type(refused).__name__).inc()
        abort(_STATUS[type(refused)], message=refused.message, errors=refused.errors)
    EVENTS.labels(kind, result.value).inc()
    return Response(_BODY[result], _ANSWER[result], mimetype="application/json")


def _signed_headers() -> dict[str, str]:
    return {name: value for name in SIGNED_HEADERS if (value := request.headers.get(name)) is not None}


def _body() -> bytes:
    request.max_content_length = LARGEST_EVENT
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        abort(413, message="An event may have up to 64 kB.")
        raise
