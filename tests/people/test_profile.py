"""What is given about a user comes into one form."""

from rollbook.common.text import in_sentence, listed
from rollbook.people.languages import language_choices
from rollbook.people.profile import Profile


def test_texts_are_tidied_and_empty_or_repeated_values_left_out() -> None:
    profile = Profile(first_name="  Ze\u0301lie ", attributes={"student_id": (" 00123", "", "00123", " ")})
    assert profile.first_name == "Zélie"
    assert profile.attributes == {"student_id": ("00123",)}


def test_what_is_not_given_is_no_column() -> None:
    profile = Profile(last_name="", send_notifications=False, managed_location_ids=(3, 1, 3))
    assert profile.columns() == {"last_name": "", "send_notifications": False}
    assert profile.managed_location_ids == (1, 3)


def test_a_label_within_a_sentence_keeps_its_abbreviations() -> None:
    assert [in_sentence(label) for label in ("Student ID", "LMS code", "E", "")] == [
        "student ID",
        "LMS code",
        "e",
        "",
    ]


def test_names_are_listed_as_people_do() -> None:
    assert listed([]) == ""
    assert listed(["Ann"]) == "Ann"
    assert listed(["Ann", "Ben", "Cem"]) == "Ann, Ben and Cem"
    assert listed(["Ann"], 1_201) == "Ann and 1,200 more"


def test_languages_are_called_as_their_speakers_do() -> None:
    names = dict(language_choices())
    assert (names["vi"], names["fr"], names["nb"]) == ("Tiếng Việt", "Français", "Norsk (bokmål)")
