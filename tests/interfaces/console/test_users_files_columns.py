"""Files of users whose columns Rollbook does not know by their names."""

from tests.cast import Cast
from tests.interfaces.console.conftest import Browsers
from tests.interfaces.console.test_users_files import answer, groups, send


def test_a_file_to_link_in_which_no_column_is_known_is_read_and_asked_about(cast: Cast, at: Browsers) -> None:
    page = send(at.carla, b"Mailbox,Kennung\nben.baker@example.org,00500\n", "link")
    assert page.status_code == 200
    form = page.context["form"]
    assert [form[name].value() for name in ("find_column", "by", "set_column")] == [""] * 3
    # What is set is hardly ever the username that people chose.
    assert form["to_set"].value() == "attributes.student_id"
    right = {"find_column": "0", "by": "email", "set_column": "1", "to_set": "attributes.student_id"}
    assert groups(answer(at.carla, page, **right)) == {"updated": 1}
