"""Rows that no operation may leave: asked of each that could, and of no other."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rollbook.ledger.effects import Create, Effect, Update
from rollbook.ledger.errors import Refused
from rollbook.ledger.models import OperationSubject
from rollbook.lms.models import LMSAccount
from rollbook.people.models import User
from tests.cast import Cast
from tests.ledger.doing import do, only


@pytest.fixture
def merged(cast: Cast) -> User:
    """Dora, who is merged into Bea."""
    do(lambda: Update(only(cast.dora), {"merged_into": cast.bea, "status": User.Status.INACTIVE}))
    return User.objects.get(pk=cast.dora.pk)


@pytest.mark.parametrize(
    "leads_to",
    [
        lambda cast, merged: Update(LMSAccount.objects.filter(pk=cast.bens_account.pk), {"user": merged}),
        lambda cast, merged: Update(
            LMSAccount.objects.filter(pk=cast.bens_account.pk), {"user_id": merged.pk}
        ),
        lambda cast, merged: Create(
            LMSAccount, {"lms": cast.hillside, "subject": "new", "user": merged, "lms_user_id": "NEW"}
        ),
    ],
    ids=["set", "set by its column", "created"],
)
def test_an_lms_account_never_leads_to_a_merged_user(
    cast: Cast, merged: User, leads_to: Callable[[Cast, User], Effect]
) -> None:
    with pytest.raises(Refused, match="An LMS account would lead to a user who is merged"):
        do(lambda: leads_to(cast, merged))


def test_what_sets_nothing_that_a_rule_names_is_not_asked_for_it(cast: Cast) -> None:
    account = LMSAccount.objects.filter(pk=cast.bens_account.pk)

    def asks_for_merged_users(**values: object) -> bool:
        with CaptureQueriesContext(connection) as asked:
            do(lambda: Update(account, values))
        return any("merged_into_id" in query["sql"] for query in asked)

    assert not asks_for_merged_users(subject="another")
    assert asks_for_merged_users(user=cast.bea)


def test_a_row_that_is_named_twice_is_one_subject(cast: Cast) -> None:
    both = User.objects.filter(pk__in=[cast.bea.pk, cast.ben.pk])
    done = do(lambda: Update(only(cast.bea), {"first_name": "Beate"}), subjects=[only(cast.bea), both])
    named = OperationSubject.objects.filter(operation=done).values_list("row_id", flat=True)
    assert sorted(named) == sorted([cast.bea.pk, cast.ben.pk])
