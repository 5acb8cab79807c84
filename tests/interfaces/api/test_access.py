"""Which token opens which address: what is not written here is not served.

Who: nobody; a revoked token; an expired one; one of a creator who is inactive; one without rights; one with every
other right; one with the right in South, where nothing of the scene lies; one with the right in North, where all is.
"""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.cast import Cast, outside_the_ledger, token, user
from tests.interfaces.api.conftest import API_RIGHTS, Caller
from tests.interfaces.routes import routes
from tests.interfaces.scene import scene

# The address, the right that opens it, and the answers to those who hold it in South and in North.
MATRIX = """
GET    /users                               users:view        200 200
POST   /users                               users:create      422 422
GET    /users/{user}                        users:view        404 200
PATCH  /users/{user}                        users:edit        404 200
GET    /users/{user}/identifiers            users:view        404 200
POST   /users/{user}/identifiers            users:edit        404 422
DELETE /users/{user}/identifiers/{identifier} users:edit      404 204
GET    /users/{user}/lms-accounts           users:view        404 200
POST   /users/{user}/lms-accounts/reset     lms_accounts:reset 404 204
GET    /users/{user}/transcript             training:view     404 200
GET    /enrolments                          training:view     200 200
GET    /enrolments/{enrolment}/progress     training:view     404 200
GET    /launches                            launches:view     200 200
GET    /launches/{launch}                   launches:view     404 200
GET    /operations                          operations:view   200 200
GET    /operations/{operation}              operations:view   404 200
POST   /files                               users:import      422 422
GET    /locations                           locations:view    200 200
GET    /attributes                          attributes:view   200 200
POST   /operations/deactivate_users/plan    users:deactivate  403 200
POST   /operations/deactivate_users/apply   users:deactivate  403 409
"""
ROWS = [tuple(row.split()) for row in MATRIX.strip().splitlines()]
BODIES: dict[str, Any] = {
    "POST /users": {},
    "PATCH /users/{user}": {},
    "POST /users/{user}/identifiers": {"attribute": "x", "value": "y"},
    "POST /users/{user}/lms-accounts/reset": {"reason": "a test"},
}
PLANNED = ("plan", "apply")


def test_every_address_but_those_of_operations_has_a_row() -> None:
    document = Caller()("GET", "/openapi.json").json()
    served = {
        f"{method.upper()} {path.removeprefix('/api/v1').replace('_id}', '}')}"
        for path, methods in document["paths"].items()
        for method in methods
        if not path.endswith(PLANNED)
    }
    written = {f"{method} {path}" for method, path, *_ in ROWS if not path.endswith(PLANNED)}
    # These are seen by whoever submitted or sent them, and by nobody else: see test_operations and test_files.
    assert served == written | {"GET /jobs/{job}", "GET /files/{file}", "GET /files/{file}/rows"}


def callers(cast: Cast, right: str) -> list[Caller]:
    past = timezone.now() - timedelta(days=1)
    with outside_the_ledger():
        gone = user("Gail", "Gone", cast.north, access_level="super_user", status="inactive")

    def secret(name: str, *rights: str, **fields: Any) -> Caller:
        return Caller(token(cast, *rights, name=name, **fields)[1])

    return [
        Caller(),
        Caller("rollbook_guessed"),
        secret("revoked", right, revoked_at=past),
        secret("expired", right, expires_at=past),
        secret("orphan", right, created_by=gone),
        secret("none"),
        secret("others", *(API_RIGHTS - {right})),
        secret("south", right, "operations:view", location=cast.south),
        secret("north", right, "operations:view", location=cast.north),
    ]


@pytest.mark.parametrize("row", ROWS, ids=[" ".join(row[:2]) for row in ROWS])
def test_every_token_gets_what_the_matrix_says(row: tuple[str, ...], cast: Cast) -> None:
    (method, path, right, south, north), there = row, scene(cast)
    ids = {
        "user": cast.ben.pk,
        "identifier": cast.ben.identifiers.get(attribute=cast.student_id).pk,
        "enrolment": there.certificate.enrolment_id,
        "launch": cast.ben.launches.get().pk,
        "operation": there.operation.pk,
    }
    body = BODIES.get(f"{method} {path}")
    if path.startswith("/operations/deactivate"):
        body = {"params": {"user_ids": [cast.ben.pk]}}
    if path.endswith("apply"):
        key = "00000000-0000-4000-8000-000000000000"
        body |= {"fingerprint": "another", "key": key, "reason": "a test"}
    found = [caller(method, path.format(**ids), body).status_code for caller in callers(cast, right)]
    assert found == [401, 401, 401, 401, 401, 403, 403, int(south), int(north)]


def test_whoever_is_not_let_in_is_told_how(cast: Cast) -> None:
    stranger = Caller()("GET", "/users")
    assert stranger["WWW-Authenticate"] == 'Bearer realm="Rollbook"'
    reader = Caller(token(cast, "users:view")[1])("GET", "/launches")
    assert reader["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="launches:view"'
    assert "launches:view" in reader.json()["detail"]


def test_nothing_but_the_documentation_opens_without_a_token_whoever_is_signed_in(cast: Cast) -> None:
    browser = Caller()
    browser.client.force_login(cast.alice, backend="rollbook.people.sign_in.IdentifierBackend")
    paths = browser("GET", "/openapi.json").json()["paths"]
    for path, methods in paths.items():
        for method in methods:
            address = re.sub(r"{\w+}", "1", path).removeprefix("/api/v1")
            assert browser(method.upper(), address, {}).status_code == 401, (method, path)
    assert [browser("GET", path).status_code for path in ("/docs", "/", "/nothing")] == [200, 404, 404]
    documented = {re.sub(r"{\w+}", "1", path) for path in paths}
    served = {name for name in routes() if name.startswith("api:")}
    assert len(served) == len(documented) + len({"openapi-json", "openapi-view", "api-root", "nothing"})


def test_no_answer_sets_a_cookie_or_may_be_shared(cast: Cast) -> None:
    answer = Caller(token(cast, "users:view")[1])("GET", "/users")
    assert not answer.cookies
    assert answer["Cache-Control"] == "private, no-cache"


def test_an_address_that_does_not_exist_and_a_wrong_method_are_problems_too(cast: Cast) -> None:
    caller = Caller(token(cast, "users:view")[1])
    for method, path, status in (
        ("GET", "/nothing", 404),
        ("GET", "/users/ben", 404),
        ("PUT", "/users", 405),
    ):
        answer = caller(method, path)
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert set(answer["Allow"].split(", ")) == {"GET", "POST"}


def test_a_body_that_is_no_json_is_a_problem(cast: Cast) -> None:
    caller = Caller(token(cast, "users:create")[1])
    headers = {**caller.headers}
    answer = caller.client.generic(
        "POST", "/api/v1/users", "{", content_type="application/json", headers=headers
    )
    assert (answer.status_code, answer.json()["status"]) == (400, 400)


def test_text_that_cannot_be_stored_is_a_problem(cast: Cast) -> None:
    caller = Caller(token(cast, "users:create", "users:view")[1])
    for body in ({"first_name": "a\x00"}, {"first_name": "\ud800", "location_id": cast.oak.pk}):
        assert caller("POST", "/users", body).status_code == 422
