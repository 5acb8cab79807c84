"""Linking users with their IDs in an LMS by a file (the guide's manual sync)."""

import pytest

from rollbook.common.sheets.bad_file import BadFile
from rollbook.operations.link_users import LinkUsers
from rollbook.people.access import actor_for
from rollbook.people.importing.models import ImportFile, ImportRow
from rollbook.people.importing.results import results
from rollbook.people.models import AttributeValue, Identifier, User
from tests.cast import Cast, outside_the_ledger
from tests.operations.doing import do
from tests.operations.import_cases import sent
from tests.operations.test_import_users import only


def linked(cast: Cast, columns: str, *rows: tuple[str, ...], **choice: str) -> LinkUsers:
    acting = actor_for(cast.carla)
    operation = LinkUsers(file_id=sent(acting, columns, *rows, kind=ImportFile.Kind.LINK, **choice).pk)
    operation.prepare(acting)
    return operation


def reasons(operation: LinkUsers, cast: Cast) -> list[str]:
    rows = ImportRow.objects.filter(file=operation.file_id).order_by("number")
    return [" ".join(row.reasons) for row in results(rows, actor_for(cast.carla))]


def test_an_id_is_set_by_e_mail_or_employee_id_and_replaces_the_one_that_was_there(cast: Cast) -> None:
    do(cast.carla, linked(cast, "Email,Student number", ("BEN.baker@example.org", "00500")))
    assert list(
        Identifier.objects.filter(user=cast.ben, attribute=cast.student_id).values_list("value", flat=True)
    ) == ["00500"]
    do(cast.carla, linked(cast, "Student ID,Employee ID", ("00501", "E-7")))
    assert Identifier.objects.get(user=cast.ben, attribute=cast.student_id).value == "00501"


def test_nobody_is_created_and_nothing_else_of_the_file_is_taken(cast: Cast) -> None:
    operation = linked(
        cast,
        "E-mail,Student ID,Last name",
        ("new@example.org", "00600", "New"),
        ("ben.baker@example.org", "00601", "Changed"),
    )
    assert reasons(operation, cast)[0].startswith("Nobody has the e-mail new@example.org")
    number = User.objects.count()
    do(cast.carla, operation)
    cast.ben.refresh_from_db()
    assert (User.objects.count(), cast.ben.last_name) == (number, "Baker")


def test_an_id_of_somebody_else_says_whose_it_is(cast: Cast) -> None:
    operation = linked(cast, "E-mail,Student ID", ("ben.baker@example.org", "00124"))
    assert reasons(operation, cast) == [
        f"Student ID 00124 belongs to Bea Brown (#{cast.bea.pk}). Give another one, or look whether the two are one person."
    ]


def test_an_employee_id_that_lost_its_zeros_is_noticed_like_a_student_id(cast: Cast) -> None:
    with outside_the_ledger():
        AttributeValue.objects.create(attribute=cast.employee_id, user=cast.bea, value="0007")
    (said,) = reasons(linked(cast, "Employee ID,Student ID", ("7", "00555")), cast)
    assert (
        f"Bea Brown (#{cast.bea.pk}) has the employee ID 0007: a spreadsheet program has probably removed"
        in said
    )


def test_the_e_mail_address_that_finds_a_user_stays_as_it_is_written_in_the_register(cast: Cast) -> None:
    do(cast.carla, linked(cast, "E-mail,Student ID", ("BEN.Baker@example.org", "00500")))
    cast.ben.refresh_from_db()
    assert cast.ben.email == "ben.baker@example.org"
    again = linked(cast, "E-mail,Student ID", ("BEN.Baker@example.org", "00500"))
    assert ImportRow.objects.get(file=again.file_id).state == ImportRow.State.UNCHANGED


@pytest.mark.parametrize("verb", ["import", "link"])
def test_a_row_that_means_an_inactive_user_says_who_it_is_and_what_to_do(cast: Cast, verb: str) -> None:
    """CASES 40."""
    row = ("dora.dunn@example.org", "00600")
    if verb == "link":
        said = reasons(linked(cast, "E-mail,Student ID", row), cast)[0]
    else:
        said = only(cast.carla, "E-mail,Student ID", row, by="email").removeprefix("refused: ")
    assert said == (
        f"Dora Dunn (#{cast.dora.pk}) is inactive. Retrieve that account first, or leave the row out."
    )


def test_a_username_can_be_set_by_the_student_id(cast: Cast) -> None:
    choice = {"by": "attributes.student_id", "to_set": "attributes.username"}
    do(cast.carla, linked(cast, "Student ID,Username", ("00123", "benjamin"), **choice))
    assert Identifier.objects.get(user=cast.ben, attribute=cast.username).value == "benjamin"


def test_a_file_without_an_id_to_set_or_without_what_finds_users_is_refused(cast: Cast) -> None:
    # A column of which nothing is known is left alone, and what is to be set is not known either.
    for columns in ("E-mail,Last name", "E-mail,Kennung"):
        with pytest.raises(BadFile, match="Username attributes are: Username, Student ID"):
            linked(cast, columns, ("ben.baker@example.org", "x"))
    with pytest.raises(BadFile, match="No column says whom a row means"):
        linked(cast, "Student ID,Last name", ("00123", "x"))
