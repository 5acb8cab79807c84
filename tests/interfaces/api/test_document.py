"""The OpenAPI document keeps its word: whatever fits it or does not, no answer is an error of ours or undocumented.

TEST_API_EXAMPLES makes the search longer than the few requests that `make test` sends to each address.
"""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from rollbook.interfaces.api import bearer
from rollbook.interfaces.api.service import api
from rollbook.people.throttle import Limit
from rollbook.project.wsgi import application
from tests.cast import Cast, token
from tests.interfaces.api.conftest import API_RIGHTS
from tests.interfaces.scene import scene

FEW = 2
EXAMPLES = int(os.environ.get("TEST_API_EXAMPLES", FEW))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
schema = schemathesis.openapi.from_dict(api.get_openapi_schema(path_prefix="/api/v1/"))
schema.app = application
OPERATIONS = [each.ok() for each in schema.get_all_operations()]


def test_the_document_is_made_once() -> None:
    assert api.get_openapi_schema() is api.get_openapi_schema()


def test_the_document_that_is_served_is_of_openapi_3_1(client: Client) -> None:
    served = client.get("/api/v1/openapi.json")
    assert (served.status_code, served["Content-Type"]) == (200, "application/json")
    assert re.fullmatch(r"3\.1\.\d+", served.json()["openapi"])
    # Nothing before 3.1 has these.
    assert served.json()["webhooks"]
    schemathesis.openapi.from_dict(served.json()).validate()


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Keep the server's end of a request from closing the test's connection, as Django's own client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
def test_answers_are_as_documented(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    there, secret = scene(cast), token(cast, *API_RIGHTS)[1]
    monkeypatch.setattr(bearer, "REQUESTS", Limit("none", 10**6, bearer.WINDOW))
    ids = {
        "user_id": cast.ben.pk,
        "enrolment_id": there.certificate.enrolment_id,
        "operation_id": there.operation.pk,
        "launch_id": cast.ben.launches.get().pk,
        "identifier_id": cast.ben.identifiers.latest("pk").pk,
    }
    for operation in OPERATIONS:
        search(operation, ids, {"Authorization": f"Bearer {secret}"})


def search(operation: Any, ids: dict[str, int], headers: dict[str, str]) -> None:
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=EXAMPLES == FEW,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    @given(case=st.one_of([operation.as_strategy(mode) for mode in modes]), real=st.booleans())
    def ask(case: Any, real: bool) -> None:
        if real:
            case.path_parameters = {
                name: ids.get(name, value) for name, value in case.path_parameters.items()
            }
        # What one request changes, the next one does not find.
        with transaction.atomic():
            case.call_and_validate(headers=headers, checks=CHECKS)
            transaction.set_rollback(True)

    ask()
