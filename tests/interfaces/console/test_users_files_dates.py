"""Workbooks in which a spreadsheet program took IDs for dates, from the cell to the preview (CASES 38)."""

from datetime import date
from pathlib import Path

from rollbook.people.models import Identifier, UserAttribute
from tests.cast import Cast, outside_the_ledger
from tests.common.sheets.workbook import STYLES, day, text, workbook
from tests.interfaces.console.conftest import Browsers, confirm
from tests.interfaces.console.test_users_files import groups, preview_of


def test_an_id_in_a_cell_that_became_a_date_is_refused_and_a_date_is_taken(
    cast: Cast, at: Browsers, tmp_path: Path
) -> None:
    with outside_the_ledger():
        UserAttribute.objects.create(code="born", label="Born", kind="date")
    rows = [
        text("A1", "Student ID") + text("B1", "First name") + text("C1", "Location") + text("D1", "Born"),
        day("A2", date(2026, 3, 12)) + text("B2", "Nele") + text("C2", "Oak") + day("D2", date(2001, 2, 3)),
        text("A3", "00123") + text("B3", "Ben") + text("C3", "Oak") + day("D3", date(2001, 2, 28)),
    ]
    xml = "".join(f'<row r="{number}">{row}</row>' for number, row in enumerate(rows, 1))
    path = workbook(tmp_path / "x.xlsx", xml, **{"xl/styles.xml": STYLES})
    page = preview_of(at.carla, path.read_bytes())
    assert groups(page) == {"refused": 1, "updated": 1}
    assert "Student ID 2026-03-12 is what a spreadsheet program makes of an ID" in page.text
    confirm(at.carla, page.request["PATH_INFO"])
    assert cast.ben.attribute_values.get(attribute__code="born").value == "2001-02-28"
    assert not Identifier.objects.filter(value="2026-03-12").exists()
