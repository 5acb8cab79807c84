"""The decision is pure: whatever is sent and whatever the register says, these always hold."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.lms.arrival import kept_claims
from rollbook.lms.claim_values import EMAIL, LTI, Reading
from rollbook.lms.decision import ADMITTED, Decision, Facts, Holding, Outcome, Person, judge
from rollbook.lms.models import LMS
from rollbook.lms.policy import Rules, read, rules_of
from rollbook.lms.wording import because

CODES = ("email", "student_id", "username")
VALUES = ("ben@example.org", "bea@example.org", "00123", "Ben@example.org")


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Rules, list[Reading], Facts, int | None]:
    """Draw rules, readings, facts in which every value is at most one user's, and who signed in."""
    flags = {
        name: st.booleans()
        for name in ("active", "learner", "has_password", "other_account", "declared_wrong")
    }
    people = [
        draw(st.builds(Person, id=st.just(number), name=st.just(f"User {number}"), **flags))
        for number in range(4)
    ]
    keys = draw(st.lists(st.sampled_from([(c, v) for c in CODES for v in VALUES]), unique=True, max_size=6))
    holdings = tuple(
        Holding(draw(st.sampled_from(people)), code, code, value.lower() if code == EMAIL else value)
        for code, value in keys
    )
    readings = draw(
        st.lists(
            st.builds(
                Reading,
                claim=st.just("claim"),
                target=st.sampled_from(CODES),
                value=st.sampled_from(("", *VALUES)),
                witness=st.booleans(),
            ),
            max_size=4,
        )
    )
    holder = draw(st.none() | st.sampled_from(people))
    facts = Facts(holder, None if holder is None else 1, holdings)
    rules = Rules(creates=draw(st.booleans()), asks_to_sign_in=draw(st.booleans()))
    return rules, readings, facts, draw(st.none() | st.integers(0, 3))


@given(worlds())
def test_nobody_inactive_is_ever_let_in(world: tuple[Rules, list[Reading], Facts, int | None]) -> None:
    rules, readings, facts, proved = world
    decision = judge(rules, readings, facts, proved=proved)
    assert not (decision.admitted and decision.person and not decision.person.active)


@given(worlds())
def test_no_pair_that_was_declared_wrong_is_ever_linked(
    world: tuple[Rules, list[Reading], Facts, int | None],
) -> None:
    rules, readings, facts, proved = world
    decision = judge(rules, readings, facts, proved=proved)
    assert not (decision.links and decision.person and decision.person.declared_wrong)


@given(worlds())
def test_staff_and_second_ids_are_linked_only_with_a_proof(
    world: tuple[Rules, list[Reading], Facts, int | None],
) -> None:
    rules, readings, facts, proved = world
    decision = judge(rules, readings, facts, proved=proved)
    person = decision.person
    if decision.links and person is not None and (person.other_account or not person.learner):
        assert decision.outcome == Outcome.PROVED
        assert proved == person.id


@given(worlds())
def test_a_link_rests_on_a_matcher_that_found_this_user_and_no_other(
    world: tuple[Rules, list[Reading], Facts, int | None],
) -> None:
    rules, readings, facts, proved = world
    decision = judge(rules, readings, facts, proved=proved)
    if decision.links and decision.person is not None:
        used = [f for f in decision.findings if not f.reading.witness]
        named = {h.person.id for f in used for h in (*f.direct, *f.crosswise) if not h.person.declared_wrong}
        assert named == {decision.person.id}
        assert any(h.person == decision.person for f in used for h in f.direct)


@given(worlds())
def test_a_user_is_created_only_where_nobody_holds_what_was_sent(
    world: tuple[Rules, list[Reading], Facts, int | None],
) -> None:
    rules, readings, facts, proved = world
    decision = judge(rules, readings, facts, proved=proved)
    if decision.outcome == Outcome.CREATED:
        assert rules.creates
        assert not any(f.direct or f.crosswise for f in decision.findings if not f.reading.witness)


@given(worlds())
def test_nobody_is_created_with_what_a_user_above_learner_signs_in_with(
    world: tuple[Rules, list[Reading], Facts, int | None],
) -> None:
    rules, readings, facts, proved = world
    decision = judge(rules, readings, facts, proved=proved)
    if decision.outcome == Outcome.CREATED:
        taken = {h.value for h in facts.holdings if not h.person.learner}
        assert not taken & {r.value for r in readings if not r.witness}


def test_a_new_learners_id_that_is_an_administrators_username_is_refused_and_a_learners_is_not() -> None:
    rules, sent = Rules(creates=True), [Reading("lis.person_sourcedid", "student_id", "carla")]
    held = Holding(Person(1, "Carla Clark", learner=False), "username", "Username", "carla")
    refused = judge(rules, sent, Facts(holdings=(held,)))
    assert (refused.outcome, refused.several) == (Outcome.AMBIGUOUS, (held.person,))
    assert because(refused) == "because the student id carla is Carla Clark’s Username"
    learners = replace(held, person=replace(held.person, learner=True))
    assert judge(rules, sent, Facts(holdings=(learners,))).outcome == Outcome.CREATED


@given(worlds())
def test_the_order_of_matchers_and_facts_changes_nothing_about_who_it_is(
    world: tuple[Rules, list[Reading], Facts, int | None],
) -> None:
    rules, readings, facts, proved = world
    decisions = {
        who(judge(rules, order, replace(facts, holdings=turned), proved=proved))
        for order in permutations(readings[:3])
        for turned in (facts.holdings, facts.holdings[::-1])
    }
    assert len(decisions) == 1


def who(decision: Decision) -> tuple[str, int | None, frozenset[int]]:
    # Which of several users declared wrong is named is a matter of order, and lets nobody in.
    person = decision.person.id if decision.person and decision.outcome != Outcome.DECLARED_WRONG else None
    return decision.outcome, person, frozenset(p.id for p in decision.several)


@given(worlds())
def test_a_known_account_goes_on_whatever_else_is_sent(
    world: tuple[Rules, list[Reading], Facts, int | None],
) -> None:
    rules, readings, facts, proved = world
    holder = replace(facts.holder, active=True) if facts.holder else Person(9, "User 9")
    decision = judge(rules, readings, replace(facts, holder=holder), proved=proved)
    assert (decision.outcome, decision.person) == (Outcome.KNOWN, holder)
    assert decision.contradicts is None or decision.contradicts.id != holder.id


@given(worlds())
def test_who_is_not_let_in_is_told_why_by_the_outcome(
    world: tuple[Rules, list[Reading], Facts, int | None],
) -> None:
    rules, readings, facts, proved = world
    decision = judge(rules, readings, facts, proved=proved)
    assert decision.admitted == (decision.outcome in ADMITTED)
    assert bool(decision.several) == (decision.outcome == Outcome.AMBIGUOUS)


# Blanks, a character that PostgreSQL cannot hold, half of one, a sign that lower-cases to k.
TEXT = st.text("\x00\ud800\t \u00a0\u2028$ab1K\u212a@.é", max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.sampled_from(VALUES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=4,
)
CLAIMS = st.fixed_dictionaries(
    {},
    optional={
        "sub": JSON,
        "email": JSON,
        "email_verified": JSON,
        "given_name": JSON,
        LTI + "lis": JSON | st.fixed_dictionaries({"person_sourcedid": JSON}),
        LTI + "custom": JSON | st.dictionaries(st.sampled_from(["sis", "x"]), JSON, max_size=2),
        "ext_user_username": JSON,
    },
)
WIDE = LMS(
    matchers=[
        ["email", "email"],
        ["custom.sis", "email"],
        ["lis.person_sourcedid", "student_id"],
        ["custom.sis", "student_id"],
        ["ext_user_username", "username"],
        ["ext.user_username", "username"],
        ["sub", "username"],
    ],
    email_domains=["example.org"],
)


@given(CLAIMS)
def test_whatever_is_sent_reads_as_tidy_text_or_as_absent_with_a_reason(claims: dict[str, object]) -> None:
    for reading in read(rules_of(WIDE), claims):
        assert bool(reading.value) != bool(reading.absent)
        assert reading.value == reading.value.strip()
        assert not reading.value.startswith("$")
        assert len(reading.value) <= 254


@given(CLAIMS)
def test_the_claims_that_are_kept_decide_the_same(claims: dict[str, object]) -> None:
    rules = rules_of(WIDE)
    kept = read(rules, kept_claims(WIDE, claims))
    assert [(r.claim, r.value, bool(r.absent)) for r in kept] == [
        (r.claim, r.value, bool(r.absent)) for r in read(rules, claims)
    ]


@pytest.mark.parametrize(
    ("claim", "sent"),
    [
        ("email", {"email": "x"}),
        ("sub", {"sub": "x"}),
        ("lis.person_sourcedid", {LTI + "lis": {"person_sourcedid": "x"}}),
        ("custom.sis", {LTI + "custom": {"sis": "x"}}),
        ("ext.user_username", {LTI + "ext": {"user_username": "x"}}),
        ("ext_user_username", {"ext_user_username": "x"}),
        ("https://school.example/claims/id", {"https://school.example/claims/id": "x"}),
    ],
)
def test_a_claim_is_read_where_its_name_says(claim: str, sent: dict[str, object]) -> None:
    (reading,) = read(Rules(matchers=((claim, "username"),)), sent)
    assert (reading.value, reading.absent) == ("x", "")
