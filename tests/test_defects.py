"""The defects that `make prove` seeds."""

from tests.defects import DEFECTS
from tests.seed_defects import CHECKOUT


def test_every_defect_fits_the_code_of_today() -> None:
    assert [each.what for each in DEFECTS if (CHECKOUT / each.file).read_text().count(each.old) != 1] == []
