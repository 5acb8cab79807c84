"""Filters: what is found, in which order, and that a bad one never means everybody."""

import json
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.models import Q
from hypothesis import given
from hypothesis import settings as bounded
from hypothesis import strategies as st
from scim2_models import InvalidFilterException
from scim2_models.path import grammar

from rollbook.interfaces.scim.asked import Asked
from rollbook.interfaces.scim.columns import user_columns
from rollbook.interfaces.scim.filters import condition
from rollbook.interfaces.scim.limits import DEEPEST, LONGEST, MOST_TERMS, too_much
from rollbook.ledger.models import OperationRecord
from rollbook.people.api_tokens import scim_actor
from rollbook.people.models import User
from rollbook.training.catalogue import ContentRole
from tests.cast import Cast, outside_the_ledger
from tests.interfaces.scim.conftest import ENTERPRISE, OURS, Provider

LARGE_TABLES = ("rollbook_user", "rollbook_identifier", "rollbook_scim_user")
BAD = [
    "",
    " ",
    "userName",
    "userName eq",
    "userName eq ben",
    'userName eq "ben',
    'userName xx "ben"',
    'userName eq "a" or',
    'nobody eq "a"',
    'password eq "a"',
    'emails[type eq "work"',
    'emails[value[type eq "a"] eq "b"]',
    'userName eq "a\\u0000"',
    'userName eq "\\ud800"',
    "userName eq 5",
    'id gt "5"',
    'active co "t"',
    'active eq "perhaps"',
    'meta.created gt "yesterday"',
    "1 eq 1",
    'userName eq "a"; DROP TABLE rollbook_user',
    "(" * (DEEPEST + 1) + 'userName eq "a"' + ")" * (DEEPEST + 1),
    " or ".join(['userName eq "a"'] * (MOST_TERMS + 1)),
    f'userName eq "{"a" * LONGEST}"',
]


def test_a_bad_filter_is_refused_and_never_means_everybody(adopting: Provider) -> None:
    for written in BAD:
        answer = adopting.get("/Users", filter=written)
        assert (answer.status_code, answer.json().get("scimType")) == (400, "invalidFilter"), written
        search = adopting.ask("POST", "/Users/.search", {"filter": written})
        assert search.json()["scimType"] == "invalidFilter", written


TOO_LONG, TOO_DEEP = f'emails[value eq "{"a" * 3000}"]', f"emails[{'(' * 10}value pr{')' * 10}]"


@pytest.mark.parametrize("written", [TOO_LONG, TOO_DEEP], ids=["too long", "too deep"])
def test_what_is_too_long_or_too_deep_is_refused_before_it_is_parsed(
    written: str, entra: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Untouched:
        def parse(self, text: str, **_: object) -> None:
            pytest.fail(f"The parser was given {len(text)} characters: {text[:40]}")

    with outside_the_ledger():
        group = f"/Groups/role-{ContentRole.objects.create(name='Crew').pk}"
    user = f"/Users/{entra.create('nora')['id']}"
    replaced = {"op": "replace", "path": written, "value": "x"}
    bulk = {"Operations": [{"method": "PATCH", "path": user, "data": {"Operations": [replaced]}}]}
    monkeypatch.setattr(grammar, "_PARSER", Untouched())
    for kind in ("Users", "Groups"):
        refused = (
            entra.get(f"/{kind}", filter=written),
            entra.ask("POST", f"/{kind}/.search", {"filter": written}),
        )
        assert [(each.status_code, each.json()["scimType"]) for each in refused] == [
            (400, "invalidFilter")
        ] * 2
    assert entra.ask("POST", "/.search", {"filter": written}).json()["scimType"] == "invalidFilter"
    for path in (user, group):
        for operation in (
            replaced,
            {"op": "replace", "value": {written: "x"}},
            {"op": "remove", "path": written},
        ):
            answer = entra.patch(path, operation)
            assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidPath")
        for name in ("attributes", "excludedAttributes"):
            assert entra.get(path, **{name: written}).status_code == 400
    (result,) = entra.ask("POST", "/Bulk", bulk).json()["Operations"]
    assert (result["status"], result["response"]["scimType"]) == ("400", "invalidPath")


def test_of_a_filter_that_cannot_be_read_it_is_said_where_and_how_one_is_written(adopting: Provider) -> None:
    detail = adopting.get("/Users", filter="userName eq ben").json()["detail"]
    assert (
        detail == 'The filter cannot be read: invalid syntax at column 13. Write it like userName eq "ben".'
    )


FOUND = [
    ('userName eq "ben"', "Ben"),
    ('userName eq "BEN"', "Ben"),
    ('USERNAME EQ "ben"', "Ben"),
    ('urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ben"', "Ben"),
    ('userName eq "dora.dunn@example.org"', "Dora"),
    ('userName eq "ben.baker@example.org"', ""),
    ('userName ne "ben"', "Bea Dora"),
    ('userName sw "be"', "Ben Bea"),
    ("userName pr", "Ben Bea Dora"),
    ('emails.value eq "BEN.baker@example.org"', "Ben"),
    ('emails co "example.org"', "Ben Bea Dora"),
    ('emails[type eq "work" and value ew "bea.brown@example.org"]', "Bea"),
    ('emails[type eq "work"].value eq "bea.brown@example.org"', "Bea"),
    ('emails[type eq "home"]', ""),
    ("emails[primary eq true]", "Ben Bea Dora"),
    ('emails[not (value sw "ben")]', "Bea Dora"),
    ("active eq false", "Dora"),
    ('active eq "True"', "Ben Bea"),
    ('name.familyName eq "baker" or name.givenName eq "bea"', "Ben Bea"),
    ('not (name.familyName eq "baker") and active eq true', "Bea"),
    ('displayName eq "ben baker"', "Ben"),
    ("externalId pr", ""),
    ("externalId eq null", "Ben Bea Dora"),
    ('id eq "0"', ""),
    ('id eq "99999999999999999999999"', ""),
    (f'{ENTERPRISE}:employeeNumber eq "e-7"', "Ben"),
    (f"{ENTERPRISE}:employeeNumber pr", "Ben"),
    (f'{OURS}:student_id eq "00123"', "Ben"),
    (f'{OURS}:student_id eq "123"', ""),
    (f'{OURS}:location eq "north / oak"', "Ben Bea Dora"),
    ('groups.value eq "role-1"', ""),
    ('meta.created gt "2020-01-01T00:00:00Z"', "Ben Bea Dora"),
    ('meta.created lt "2020-01-01T00:00:00Z"', ""),
    ('meta.lastModified ge "2020-01-01T00:00:00Z"', "Ben Bea Dora"),
    ('meta.lastModified le "2020-01-01T00:00:00Z"', ""),
]


def test_a_filter_finds_what_it_says(adopting: Provider) -> None:
    for written, names in FOUND:
        answer = adopting.get("/Users", filter=written)
        assert answer.status_code == 200, (written, answer.content)
        found = {each["name"]["givenName"] for each in answer.json()["Resources"]}
        assert found == set(names.split()), written


def test_it_is_said_and_searched_when_an_operation_was_last_about_a_user(entra: Provider) -> None:
    nora, omar = entra.create("nora"), entra.create("omar")
    assert nora["meta"]["lastModified"] == nora["meta"]["created"]
    path = f"/Users/{nora['id']}"
    changed = entra.patch(path, {"op": "replace", "path": "active", "value": False}).json()
    with outside_the_ledger():
        then = datetime(2999, 5, 17, 12, tzinfo=UTC)
        OperationRecord.objects.filter(verb="deactivate_users").update(at=then)
    now = entra.get(path).json()
    assert datetime.fromisoformat(now["meta"]["lastModified"]) == then
    assert now["meta"]["created"] == nora["meta"]["created"]
    assert now["meta"]["version"] == changed["meta"]["version"]
    for op, found in {
        "gt": [],
        "ge": [nora["id"]],
        "eq": [nora["id"]],
        "ne": [omar["id"]],
        "lt": [omar["id"]],
        "le": [nora["id"], omar["id"]],
    }.items():
        assert [each["id"] for each in entra.find(f'meta.lastModified {op} "2999-05-17T12:00:00Z"')] == found


def test_pages_are_in_order_and_whole(adopting: Provider, cast: Cast) -> None:
    def page(**query: str) -> list[str]:
        found = adopting.get("/Users", **query).json()
        assert found["itemsPerPage"] == len(found["Resources"])
        assert found["totalResults"] == 3
        return [each["name"]["givenName"] for each in found["Resources"]]

    assert page(sortBy="name.givenName") == ["Bea", "Ben", "Dora"]
    assert page(sortBy="userName", sortOrder="descending") == ["Dora", "Ben", "Bea"]
    assert page(sortBy="name.givenName", startIndex="2", count="1") == ["Ben"]
    assert page(startIndex="4") == []
    assert page(startIndex="-7", count="-1") == []
    assert len(page(startIndex="-7")) == 3
    assert adopting.get("/Users", count="many").status_code == 400
    assert adopting.get("/Users", sortBy="nobody").json()["scimType"] == "invalidPath"


def test_only_the_attributes_that_are_asked_for_are_sent(adopting: Provider) -> None:
    (ben,) = adopting.get("/Users", filter='userName eq "ben"', attributes="userName,emails.value").json()[
        "Resources"
    ]
    assert set(ben) == {"schemas", "id", "userName", "emails"}
    (ben,) = adopting.get("/Users", filter='userName eq "ben"', excludedAttributes="name,emails").json()[
        "Resources"
    ]
    assert not {"name", "emails"} & set(ben)
    assert adopting.get("/Users", attributes="id", excludedAttributes="name").status_code == 400


ATTRIBUTES = st.sampled_from(
    [
        "userName",
        "emails",
        "emails.value",
        "active",
        "id",
        "meta.created",
        "meta.lastModified",
        "groups",
        f"{OURS}:student_id",
        "x.y",
        "name",
    ]
)
VALUES = st.one_of(
    st.text(max_size=8).map(json.dumps),
    st.sampled_from(["true", "false", "null", "1", "-1e9", '"2026-01-01T00:00:00Z"']),
)
OPERATORS = st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"])
LEAVES = st.one_of(
    st.tuples(ATTRIBUTES, OPERATORS, VALUES).map(" ".join),
    ATTRIBUTES.map(lambda name: f"{name} pr"),
    st.text(max_size=20),
)
FILTERS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" and ", " or ", " "]), inner).map("".join),
        inner.map(lambda one: f"not ({one})"),
        inner.map(lambda one: f"({one})"),
        inner.map(lambda one: f"emails[{one}]"),
    ),
    max_leaves=8,
)


@pytest.fixture
def asked(adopting: Provider) -> Asked:
    """Return what a client asks for whose users are filtered."""
    acting = scim_actor(adopting.secret)
    assert acting
    return Asked(acting, "GET", "/Users")


def test_whatever_is_written_is_a_condition_or_a_refusal(asked: Asked) -> None:
    columns, everybody = user_columns(asked), User.objects.count()

    @bounded(max_examples=150, database=None, derandomize=True)
    @given(FILTERS)
    def holds(written: str) -> None:
        try:
            found = condition(written, asked.shapes.user, columns)
        except InvalidFilterException:
            return
        assert isinstance(found, Q)
        chosen = User.objects.filter(found).distinct().count()
        assert (
            chosen + User.objects.exclude(pk__in=User.objects.filter(found).values("pk")).count() == everybody
        )

    holds()


def test_what_stands_in_quotes_is_not_counted() -> None:
    assert too_much('userName eq "((((((((((((((\\"))) and and and"') is None
    assert "brackets" in str(too_much("(" * 11))
    assert "comparisons" in str(too_much("a pr)and(" * MOST_TERMS + "b pr"))


def test_what_identity_providers_ask_for_all_the_time_reads_no_table_whole(asked: Asked) -> None:
    columns = user_columns(asked)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    for written in ('userName eq "a@b.c"', 'externalId eq "x"', 'emails.value eq "a@b.c"', 'id eq "5"'):
        found = User.objects.filter(condition(written, asked.shapes.user, columns))
        read_whole = [
            line
            for line in found.explain().splitlines()
            if "Seq Scan" in line and any(f"{table} " in line for table in LARGE_TABLES)
        ]
        assert not read_whole, written
