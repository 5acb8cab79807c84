"""Retrieving users."""

from rollbook.ledger.writer import preview
from rollbook.operations.retrieve_users import RetrieveUsers
from rollbook.people.access import actor_for
from rollbook.people.models import User
from tests.cast import Cast, outside_the_ledger
from tests.operations.doing import do, refusals


def test_an_inactive_user_is_active_again(cast: Cast) -> None:
    do(cast.lou, RetrieveUsers(user_ids=(cast.dora.pk,)))
    cast.dora.refresh_from_db()
    assert cast.dora.is_active


def test_a_merged_duplicate_comes_back_as_an_empty_account(cast: Cast) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.dora.pk).update(merged_into=cast.bea)
    operation = RetrieveUsers(user_ids=(cast.dora.pk,))
    notes = preview(operation, acting=actor_for(cast.lou)).notes
    assert [(note.what, note.why) for note in notes] == [
        (
            "Dora Dunn comes back as an empty account",
            (
                "training, certificates, identifiers and LMS accounts stay with Bea Brown; "
                "to give everything back, undo the merge instead"
            ),
        )
    ]
    do(cast.lou, operation)
    cast.dora.refresh_from_db()
    assert (cast.dora.is_active, cast.dora.merged_into) == (True, None)


def test_a_user_who_is_active_is_refused_by_name(cast: Cast) -> None:
    said = refusals(cast.lou, RetrieveUsers(user_ids=(cast.ben.pk, cast.dora.pk)))
    assert said == "Ben Baker is active already: leave them out."
