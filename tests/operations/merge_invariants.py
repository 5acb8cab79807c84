"""What must hold after every step of a history of merges, said of snapshots of the whole register."""

from collections import Counter

from django.db import connection

from rollbook.people.models import AccessLevel, User
from tests.snapshots import Snapshot

ENROLMENTS, PROGRESS, ATTEMPTS = "rollbook_enrolment", "rollbook_chapter_progress", "rollbook_attempt"
ACCOUNTS, IDENTIFIERS = "rollbook_lms_account", "rollbook_identifier"
EARNED = ("rollbook_certificate", "rollbook_user_competency")
USERS, MANAGED = "rollbook_user", "rollbook_managed_location"
KEPT = (ENROLMENTS, PROGRESS, ATTEMPTS, ACCOUNTS, IDENTIFIERS, *EARNED)
OWNED = (ENROLMENTS, ACCOUNTS, IDENTIFIERS, *EARNED)

Ids = dict[str, set[int]]
Rights = dict[int, tuple[int, frozenset[int]]]


def primary_of(now: Snapshot, user: int) -> int:
    """Follow merged_into; fails for a circle."""
    seen = {user}
    while (into := now[USERS][user]["merged_into_id"]) is not None:
        assert into not in seen, f"a circle of merges through user {into}"
        seen.add(into)
        user = into
    return user


def led(now: Snapshot) -> dict[tuple[str, int], int]:
    """Return {(table, row): to whom it leads} of everything that is somebody's."""
    return {(table, pk): primary_of(now, row["user_id"]) for table in OWNED for pk, row in now[table].items()}


def nothing_is_lost(before: Snapshot, now: Snapshot, may_go: Ids) -> None:
    """Check that only rows that the step was allowed to remove are gone."""
    for table in KEPT:
        lost = before[table].keys() - now[table].keys() - may_go.get(table, set())
        assert not lost, f"{table}: {sorted(lost)} are lost"


def what_was_finished_is_unaltered(before: Snapshot, now: Snapshot) -> None:
    """Check that a finished attempt stays as it is and with its enrolment."""
    for pk, row in before[ATTEMPTS].items():
        if row["finished_at"]:
            assert now[ATTEMPTS][pk] == row


def everything_leads_to_somebody(now: Snapshot) -> None:
    """Check that each identifier leads to one living user, also by the database's rule; all else directly."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT i.id, rollbook_primary_of(i.user_id) FROM rollbook_identifier i")
        found = dict(cursor.fetchall())
    assert found == {pk: primary_of(now, row["user_id"]) for pk, row in now[IDENTIFIERS].items()}
    merged = {pk for pk, user in now[USERS].items() if user["merged_into_id"] is not None}
    for table in (ACCOUNTS, ENROLMENTS, *EARNED):
        stray = [pk for pk, row in now[table].items() if row["user_id"] in merged]
        assert not stray, f"{table}: {stray} are with users who are merged into others"


def one_enrolment_is_current(now: Snapshot) -> None:
    current = Counter((r["user_id"], r["course_id"]) for r in now[ENROLMENTS].values() if r["current"])
    assert not [pair for pair, number in current.items() if number > 1]


def rights(now: Snapshot) -> Rights:
    """Return {user: (rank of the access level, managed locations)}."""
    managed: dict[int, set[int]] = {}
    for row in now[MANAGED].values():
        managed.setdefault(row["user_id"], set()).add(row["location_id"])
    return {
        pk: (AccessLevel(user["access_level"]).rank, frozenset(managed.get(pk, ())))
        for pk, user in now[USERS].items()
    }


def no_right_is_gained(start: Rights, now: Snapshot) -> None:
    """Check that nobody is above what he or she was at the start; who came since is a learner."""
    for user, (rank, managed) in rights(now).items():
        highest, widest = start.get(user, (0, frozenset()))
        assert rank <= highest, f"user {user} rose"
        assert managed <= widest, f"user {user} manages more"


def merged_users_are_out(now: Snapshot) -> None:
    """Check that who is merged is an inactive learner without any location to manage."""
    managing = {row["user_id"] for row in now[MANAGED].values()}
    for pk, user in now[USERS].items():
        if user["merged_into_id"] is not None:
            assert (user["status"], user["access_level"]) == (User.Status.INACTIVE, AccessLevel.LEARNER)
            assert pk not in managing


def a_merge_took_all_and_touched_nothing_else(
    before: Snapshot, now: Snapshot, primary: int, duplicates: set[int]
) -> None:
    """Check that what led to a duplicate leads to the Primary, and nothing else changed; progress is untouched."""
    assert led(now) == {row: primary if to in duplicates else to for row, to in led(before).items()}
    for table in (PROGRESS, ATTEMPTS):
        assert now[table] == before[table]
    for pk, row in before[ENROLMENTS].items():
        assert now[ENROLMENTS][pk] == {
            **row,
            "user_id": now[ENROLMENTS][pk]["user_id"],
            "current": now[ENROLMENTS][pk]["current"],
        }
    for table in EARNED:
        for pk, row in before[table].items():
            assert now[table][pk] == {**row, "user_id": primary_of(now, row["user_id"])}
