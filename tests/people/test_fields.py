"""What a name, an e-mail address and an attribute's value may be."""

import pytest

from rollbook.people.fields import email_problem, text_problem, value_problem


@pytest.mark.parametrize("name", ["A", "Ольга", "נועה", "محمد", "🙂", "x" * 200])
def test_free_text_in_any_script_will_do(name: str) -> None:
    assert text_problem(name, "First name", longest=200) is None


def test_a_text_that_is_empty_too_long_or_has_hidden_characters_is_refused_with_the_remedy() -> None:
    assert text_problem("", "First name", longest=200) == "First name is empty. Enter at least one character."
    assert text_problem("x" * 201, "First name", longest=200) == (
        "First name has 201 characters; 200 is the most. Shorten it."
    )
    for hidden, named in (("Be\x00n", "U+0000"), ("Be\nn", "U+000A"), ("Be\u2028n", "U+2028")):
        assert named in (text_problem(hidden, "First name", longest=200) or "")


@pytest.mark.parametrize("address", ["", "a@example.org", "A.B+c@sub.example.org", "x@BÜCHER.example"])
def test_a_good_email_address_or_none_will_do(address: str) -> None:
    assert email_problem(address) is None


@pytest.mark.parametrize(
    "address", ["a", "a@", "@b.org", "a b@c.org", "a@b", "a@b.org\n", "a@b.org, c@d.org"]
)
def test_a_bad_email_address_is_named(address: str) -> None:
    assert f"“{address}” is not an e-mail address" in (email_problem(address) or "")


@pytest.mark.parametrize(
    "letter", ["\u0130", "\u0131", "\u017f", "\u212a"], ids=["dotted I", "dotless i", "long s", "Kelvin"]
)
def test_a_letter_that_is_another_one_in_the_other_case_is_in_no_email_address(letter: str) -> None:
    assert "is not an e-mail address" in (email_problem(f"{letter}van@example.org") or "")


@pytest.mark.parametrize("address", ["x@example.org\u200b", "x@exam\u200eple.org", "x@\uff45xample.org"])
def test_what_only_looks_like_an_email_address_is_none(address: str) -> None:
    assert "is not an e-mail address" in (email_problem(address) or "")


@pytest.mark.parametrize("domain", ["\u0130bm.example", "example.ΣΣ"])
def test_a_domain_that_is_another_one_in_lower_case_here_and_in_the_database_is_in_none(domain: str) -> None:
    assert "is not an e-mail address" in (email_problem(f"x@{domain}") or "")


def test_an_email_address_that_is_too_long_is_refused() -> None:
    assert "254 is the most" in (email_problem("x" * 250 + "@example.org") or "")


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("number", ["0", "007", "-3.5", "12345678901234567890"], ["1e5", "1,5", "٣", "", "1.", "+1"]),
        ("date", ["2026-02-28", "2024-02-29"], ["2026-02-29", "28.02.2026", "20260228", "2026-W09-6"]),
        ("choice", ["Day", "Night"], ["day", "Noon", ""]),
        ("text", ["00123", "x" * 200], ["x" * 201, "a\tb", ""]),
    ],
)
def test_a_value_is_of_its_attributes_kind(kind: str, good: list[str], bad: list[str]) -> None:
    for value in good:
        assert value_problem(value, "Shift", kind, ["Day", "Night"]) is None
    for value in bad:
        assert (value_problem(value, "Shift", kind, ["Day", "Night"]) or "").startswith("Shift ")
