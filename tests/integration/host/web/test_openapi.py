"""The OpenAPI document: schemathesis finds no 5xx, and every answer is one that is documented."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from app_fixture import Site
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import status_code_conformance

EXAMPLES = 8


@pytest.fixture(scope="module")
def operations(shared_site: Site) -> list[Any]:
    """The operations of the document as schemathesis reads them, with one ended call in the history."""
    shared_site.send_event()
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", shared_site.app)
    return [found.ok() for found in document.get_all_operations()]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_input_makes_a_server_error_and_every_answer_is_documented(
    shared_site: Site, operations: list[Any], mode: GenerationMode
) -> None:
    headers = {"Authorization": f"Bearer {shared_site.admin_token}"}
    assert len(operations) >= 12
    for operation in operations:

        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def answers(case: Any) -> None:
            case.validate_response(case.call(headers=headers), checks=[not_a_server_error, status_code_conformance])

        answers()


def test_the_document_names_what_outside_programs_rely_on(shared_site: Site) -> None:
    paths = shared_site.anonymous.get("/api/v1/openapi.json").json["paths"]
    expected = {
        "/api/v1/telephony/events": {"post"},
        "/api/v1/calls": {"get", "post"},
        "/api/v1/calls/{call_id}": {"get"},
        "/api/v1/calls/{call_id}/memo": {"put"},
        "/api/v1/calls/{call_id}/analysis": {"put"},
        "/api/v1/calls/{call_id}/refetch": {"post"},
        "/api/v1/contacts": {"get", "post"},
        "/api/v1/plugins": {"get"},
        "/api/v1/plugins/{name}": {"patch"},
    }
    for path, methods in expected.items():
        assert methods <= set(paths[path]), path


def test_the_page_of_the_api_shows_every_operation_without_a_script_of_its_own(shared_site: Site) -> None:
    page = shared_site.anonymous.get("/api/docs")
    assert page.status_code == 200
    for path in shared_site.anonymous.get("/api/v1/openapi.json").json["paths"]:
        assert path in page.text
