"""Reading from the register, in one query, what the decision about a launch needs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX

from rollbook.common.text import control_characters
from rollbook.lms.claim_values import EMAIL, Reading
from rollbook.lms.decision import Facts, Holding, Person
from rollbook.lms.models import LMS
from rollbook.people.models import AccessLevel, User

# In SQL, because every launch asks it: to compose it from querysets costs 8 ms of CPU, ten times the query.
# `led_to`: whoever is known by something of a merged duplicate is the Primary.
# A union, because an OR over three tables would read every user.
CANDIDATES = """
    SELECT u.*, CASE WHEN u.merged_into_id IS NOT NULL THEN rollbook_primary_of(u.id) END AS led_to,
      (SELECT a.id FROM rollbook_lms_account a WHERE a.lms_id = %(lms)s AND a.subject = %(subject)s
        AND a.user_id = u.id AND a.id <> ALL(%(removed)s)) AS own_account,
      EXISTS (SELECT FROM rollbook_lms_account a WHERE a.lms_id = %(lms)s AND a.subject <> %(subject)s
        AND a.user_id = u.id AND a.id <> ALL(%(removed)s)) AS other_account,
      u.id = ANY(%(wrong)s) OR EXISTS (SELECT FROM rollbook_declared_wrong d WHERE d.lms_id = %(lms)s
        AND d.subject = %(subject)s AND d.user_id = u.id) AS declared_wrong_here,
      ARRAY(SELECT ARRAY[t.code::text, t.label, i.value] FROM rollbook_identifier i
        JOIN rollbook_user_attribute t ON t.id = i.attribute_id AND t.key
        WHERE i.user_id = u.id AND i.value = ANY(%(values)s) ORDER BY i.id) AS identifiers_sent
    FROM rollbook_user u WHERE u.id IN (
      SELECT user_id FROM rollbook_lms_account
        WHERE lms_id = %(lms)s AND subject = %(subject)s AND id <> ALL(%(removed)s)
      UNION SELECT id FROM rollbook_user WHERE lower(email) = ANY(%(emails)s) AND NOT (email = '')
      UNION SELECT i.user_id FROM rollbook_identifier i
        JOIN rollbook_user_attribute t ON t.id = i.attribute_id AND t.key WHERE i.value = ANY(%(values)s)
      UNION SELECT unnest(%(led_to)s::bigint[]))
    ORDER BY u.id
"""


@dataclass(frozen=True)
class Supposing:
    """A world that is not yet: these LMS accounts (ids) removed, these users (ids) declared wrong."""

    removed: frozenset[int] = frozenset()
    declared_wrong: frozenset[int] = frozenset()


AS_IT_IS = Supposing()


def gather(lms: LMS, subject: str, readings: Iterable[Reading], supposing: Supposing = AS_IT_IS) -> Facts:
    """Return whose LMS account it is and who holds the values that were sent.

    What a merged duplicate holds counts as the Primary's. One query, and one more where there is such a duplicate.
    """
    sent = {reading.value for reading in readings if reading.value}
    emails = sorted({value.lower() for value in sent if "@" in value})
    users = _candidates(
        {
            "lms": lms.pk,
            # A subject that PostgreSQL may not be able to hold is nobody's.
            "subject": "" if control_characters(subject) else subject,
            "removed": sorted(supposing.removed),
            "wrong": sorted(supposing.declared_wrong),
            "emails": emails,
            "values": sorted(sent | set(emails)),
        }
    )
    people = {user.pk: _person(user) for user in users}
    holder, account_id, holdings = None, None, []
    for user in users:
        person = people[user.led_to or user.pk]
        if user.own_account is not None:
            holder, account_id = person, user.own_account
        if user.email and user.email.lower() in emails:
            holdings.append(Holding(person, EMAIL, "e-mail", user.email.lower()))
        holdings += [Holding(person, code, label, value) for code, label, value in user.identifiers_sent]
    return Facts(holder, account_id, tuple(holdings))


def _candidates(sent: dict[str, Any]) -> list[Any]:
    """Return users with five columns more, among them the Primaries of those who were merged."""
    users: list[Any] = list(User.objects.raw(CANDIDATES, {**sent, "led_to": []}))
    led_to = {user.led_to for user in users if user.led_to} - {user.pk for user in users}
    return list(User.objects.raw(CANDIDATES, {**sent, "led_to": sorted(led_to)})) if led_to else users


def _person(user: Any) -> Person:
    return Person(
        id=user.pk,
        name=user.full_name,
        active=user.is_active,
        learner=user.access_level == AccessLevel.LEARNER,
        has_password=bool(user.password) and not user.password.startswith(UNUSABLE_PASSWORD_PREFIX),
        other_account=user.other_account,
        declared_wrong=user.declared_wrong_here,
        row=user,
    )
