"""A file that is sent again, in the console (CASES 41)."""

import pytest

from rollbook.ledger.models import OperationRecord
from rollbook.people.importing.models import ImportRow
from tests.cast import Cast
from tests.interfaces.console.conftest import Browsers, confirm
from tests.interfaces.console.test_users_files import groups, preview_of

FILES = {
    "import": b"Student ID,First name,Last name\n00123,Ben,Barker\n00124,Bea,Brown\n",
    "link": b"Name,E-mail,Student ID\nBen,ben.baker@example.org,00500\nBea,BEA.brown@example.org,00124\n",
}
NOTHING = "Everything is already as the file says. Nothing would change."


@pytest.mark.parametrize("kind", FILES)
def test_the_same_file_again_changes_nothing_and_says_so(kind: str, cast: Cast, at: Browsers) -> None:
    first = preview_of(at.carla, FILES[kind], kind)
    assert groups(first) == {"updated": 1, "unchanged": 1}
    assert NOTHING not in first.text
    confirm(at.carla, first.request["PATH_INFO"])
    again = preview_of(at.carla, FILES[kind], kind)
    assert groups(again) == {"unchanged": 2}
    assert NOTHING in again.text
    assert "1 user</button>" in first.text
    assert "user</button>" not in again.text
    assert not again.context["plan"].can_apply
    assert OperationRecord.objects.count() == 1
    assert set(ImportRow.objects.filter(file=again.context["file"]).values_list("state", flat=True)) == {
        "unchanged"
    }
