"""What docs/scim.md names is there."""

import re
from pathlib import Path

import pytest

from rollbook.interfaces.scim.discovery import BULK_BYTES, BULK_OPERATIONS
from rollbook.interfaces.scim.entry import REQUESTS
from rollbook.interfaces.scim.limits import DEEPEST, LONGEST, MOST_TERMS
from rollbook.interfaces.scim.listing import LARGEST
from rollbook.people.access import TOKEN_RIGHTS
from tests.interfaces.scim.conftest import CORE, ENTERPRISE, OURS, Provider

GUIDE = (Path(__file__).parents[3] / "docs/scim.md").read_text()
# Of every resource, and so in no schema (RFC 7643, 3.1).
COMMON = {"id", "externalId", "meta.created", "meta.lastModified"}


@pytest.fixture
def described(entra: Provider) -> dict[str, set[str]]:
    """Return {schema: attributes} as the service publishes them, those of a complex one as `name.givenName`."""
    return {
        schema["id"]: {
            name
            for one in schema["attributes"]
            for name in (
                one["name"],
                *(f"{one['name']}.{sub['name']}" for sub in one.get("subAttributes", ())),
            )
        }
        for schema in entra.get("/Schemas").json()["Resources"]
    }


def test_the_rights_are_those_that_a_token_may_be_given() -> None:
    rows = GUIDE.split("| right |")[1].split("\n\n")[0].splitlines()[2:]
    named = [right for row in rows for right in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert len(named) > 5
    assert set(named) <= TOKEN_RIGHTS
    assert set(re.findall(r"`([a-z_]+:[a-z_]+)`", GUIDE)) == set(named)


def test_the_schemas_are_those_that_the_service_publishes(described: dict[str, set[str]]) -> None:
    urns = {urn.rstrip(":") for urn in re.findall(r"urn:[\w:.]+", GUIDE)}
    assert {OURS, f"{ENTERPRISE}:employeeNumber", f"{OURS}:student_id"} <= urns
    for urn in urns - described.keys():
        schema, _, attribute = urn.rpartition(":")
        assert attribute in described.get(schema, ()), urn


def test_the_attributes_are_those_that_the_service_publishes(described: dict[str, set[str]]) -> None:
    rows = GUIDE.split("| SCIM | Rollbook |")[1].split("\n\n")[0].splitlines()[2:]
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1]) if ":" not in name}
    assert {"userName", "name.givenName", "employeeNumber", "location", "student_id"} <= named
    assert named <= described[CORE] | described[ENTERPRISE] | described[OURS] | COMMON


def test_the_bounds_are_those_of_the_service() -> None:
    plain = " ".join(GUIDE.split())
    for bound in (
        f"{LONGEST:,} characters, {DEEPEST} brackets inside each other and {MOST_TERMS} comparisons",
        f"Pages have {LARGEST} users at most",
        f"{BULK_OPERATIONS} operations and {BULK_BYTES // 10**6} MB",
        f"{REQUESTS.most:,} times a minute",
    ):
        assert bound in plain
