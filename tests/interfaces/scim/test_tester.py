"""scim2-tester, the conformance tests of the scim2 projects, against a server on a socket."""

from typing import Any, cast

import pytest
import requests
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from scim2_client.client import BaseSyncSCIMClient, RawResponse
from scim2_tester import Status, check_server

from rollbook.ledger.models import OperationRecord
from rollbook.people.access import Right
from tests.cast import assemble
from tests.interfaces.scim.conftest import provider


class OverASocket(BaseSyncSCIMClient):
    """A SCIM client that asks a server at an address with a token."""

    def __init__(self, url: str, secret: str) -> None:
        super().__init__()
        self.url, self.session = url, requests.Session()
        self.session.headers["Authorization"] = f"Bearer {secret}"
        self.deleted: dict[str, requests.Response] = {}

    def _stays_under_base_url(self, endpoint: str) -> bool:
        return not endpoint.startswith("http") or endpoint.startswith(self.url)

    def _parse_json(self, response: RawResponse) -> Any:
        return cast("requests.Response", response).json()

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        whole = url if url.startswith("http") else f"{self.url}{url}"
        # It cleans up after each check, and deletes whatever the checks before have made once more.
        if method == "DELETE" and whole in self.deleted:
            return self.deleted[whole]
        response = self.session.request(method, whole, timeout=10, **kwargs)
        if method == "DELETE":
            self.deleted[whole] = response
        return response


@pytest.mark.django_db(transaction=True)
def test_it_passes_whole(live_server: LiveServer, settings: Settings) -> None:
    settings.PUBLIC_URL = live_server.url
    tested = provider(assemble(), Right.CATALOGUE_EDIT, location=None)
    results = check_server(OverASocket(f"{live_server.url}/scim/v2", tested.secret))
    failed = [
        (each.title, each.reason) for each in results if each.status not in {Status.SUCCESS, Status.SKIPPED}
    ]
    assert failed == []
    assert [each.title for each in results if each.status == Status.SKIPPED] == []
    passed = [each for each in results if each.status == Status.SUCCESS]
    assert len(passed) > 50
    assert {each.resource_type for each in passed} == {None, "User", "Group"}
    assert set(OperationRecord.objects.values_list("actor", flat=True)) == {"scim:entra"}
