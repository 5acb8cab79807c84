"""Whether a quiz is sound, and how answers are marked."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.training.quiz import in_words, mark, passed, quiz_problems
from tests.training.stage import QUIZ

ALL_RIGHT = {"q1": ["a"], "q2": ["a", "b"]}


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    """Return the quiz of the stage with one place changed."""
    quiz = deepcopy(QUIZ)
    part: Any = quiz
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = to
    return quiz


def choice(name: str, *, correct: bool) -> dict[str, object]:
    return {"id": name, "text": f"Choice {name}", "correct": correct}


@st.composite
def quizzes(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a sound quiz."""
    questions = []
    for number in range(draw(st.integers(1, 6))):
        multiple = draw(st.booleans())
        flags = draw(st.lists(st.booleans(), min_size=2, max_size=5).filter(any))
        if not multiple:
            flags = [position == flags.index(True) for position in range(len(flags))]
        choices = [choice(str(position), correct=flag) for position, flag in enumerate(flags)]
        questions.append({"id": f"q{number}", "text": "Which?", "multiple": multiple, "choices": choices})
    limit = draw(st.none() | st.integers(1, 9))
    return {"pass_mark": draw(st.integers(1, 100)), "attempt_limit": limit, "questions": questions}


def the_correct_ones(quiz: dict[str, Any]) -> dict[str, list[str]]:
    return {q["id"]: [c["id"] for c in q["choices"] if c["correct"]] for q in quiz["questions"]}


@given(quizzes())
def test_a_sound_quiz_has_no_problems_and_can_be_passed(quiz: dict[str, Any]) -> None:
    assert quiz_problems(quiz) == {}
    assert mark(quiz, the_correct_ones(quiz)) == 100
    assert passed(quiz, 100)
    assert mark(quiz, {}) == 0
    assert not passed(quiz, 0)


@given(quizzes(), st.data())
def test_each_question_that_is_not_exactly_right_costs_its_share(
    quiz: dict[str, Any], data: st.DataObject
) -> None:
    answers: dict[str, list[str]] = the_correct_ones(quiz)
    ids = [question["id"] for question in quiz["questions"]]
    spoilt = data.draw(st.sets(st.sampled_from(ids)))
    for question in (q for q in quiz["questions"] if q["id"] in spoilt):
        every = [c["id"] for c in question["choices"]]
        right = set(answers[question["id"]])
        wrong = data.draw(st.sets(st.sampled_from(every)).filter(right.__ne__))
        answers[question["id"]] = sorted(wrong)
    assert mark(quiz, answers) == 100 * (len(ids) - len(spoilt)) // len(ids)


@pytest.mark.parametrize(
    ("answers", "score"),
    [
        (ALL_RIGHT, 100),
        ({"q1": ["a"], "q2": ["b", "a", "a"]}, 100),
        ({"q1": ["a"], "q2": ["a"]}, 50),
        ({"q1": ["a"], "q2": ["a", "b", "c"]}, 50),
        ({"q1": ["a", "b"], "q2": ["c"]}, 0),
        ({"q3": ["a"]}, 0),
    ],
)
def test_a_question_counts_only_if_exactly_the_correct_choices_are_ticked(
    answers: dict[str, list[str]], score: int
) -> None:
    assert mark(QUIZ, answers) == score


def test_a_score_is_rounded_down_so_that_nobody_passes_by_rounding() -> None:
    quiz = deepcopy(QUIZ)
    quiz["questions"].append({**quiz["questions"][0], "id": "q3"})
    quiz["pass_mark"] = 67
    score = mark(quiz, ALL_RIGHT)
    assert score == 66
    assert not passed(quiz, score)
    assert passed(quiz, 67)


def test_no_quiz_at_all_is_fine() -> None:
    assert quiz_problems({}) == {}


@pytest.mark.parametrize(
    ("quiz", "place", "said"),
    [
        (changed("questions", to=[]), "questions", "The quiz has no question."),
        (changed("questions", to=[QUIZ["questions"][0]] * 2), "questions", "have the id “q1”"),
        (changed("questions", 0, "id", to=""), "questions", "an unusable id"),
        (changed("questions", 0, "id", to="a-b"), "questions", "an unusable id"),
        (changed("questions", to=[QUIZ["questions"][0]] * 101), "questions", "100 is the most"),
        (changed("questions", 1, "text", to=""), "questions.1.text", "Question 2 is empty."),
        (changed("questions", 1, "text", to="x" * 1001), "questions.1.text", "1000 is the most"),
        (
            changed("questions", 0, "choices", to=[choice("a", correct=True)]),
            "questions.0.choices",
            "at least two choices",
        ),
        (
            changed("questions", 0, "choices", to=[choice(str(n), correct=n == 0) for n in range(21)]),
            "questions.0.choices",
            "20 is the most",
        ),
        (
            changed("questions", 0, "choices", 0, "correct", to=False),
            "questions.0.choices",
            "no correct choice",
        ),
        (
            changed("questions", 0, "choices", 1, "correct", to=True),
            "questions.0.choices",
            "2 correct choices",
        ),
        (changed("questions", 0, "choices", 1, "id", to="a"), "questions.0.choices", "have the id “a”"),
        (
            changed("questions", 0, "choices", 1, "text", to=""),
            "questions.0.choices.1.text",
            "Choice 2 of question 1",
        ),
        (
            changed("questions", 0, "choices", 1, "text", to="Raise the alarm"),
            "questions.0.choices.1.text",
            "is there twice",
        ),
        ({"pass_mark": 50}, "questions", "This is no quiz."),
        (changed("questions", 0, to="what?"), "questions", "This is no quiz."),
        (changed("questions", 0, "choices", to=None), "questions", "This is no quiz."),
        (changed("questions", 0, "choices", 0, "correct", to="yes"), "questions", "This is no quiz."),
    ],
)
def test_what_is_wrong_is_said_beside_its_place(quiz: dict[str, Any], place: str, said: str) -> None:
    assert said in quiz_problems(quiz)[place]


@pytest.mark.parametrize("pass_mark", [0, 101, -5, None, "50", 50.5, True])
def test_a_pass_mark_is_a_whole_number_from_1_to_100(pass_mark: object) -> None:
    assert "from 1 to 100" in quiz_problems(changed("pass_mark", to=pass_mark))["pass_mark"]


@pytest.mark.parametrize("limit", [0, -1, "3", 1.5, True, 1001])
def test_an_attempt_limit_is_at_least_1(limit: object) -> None:
    assert "leave it empty" in quiz_problems(changed("attempt_limit", to=limit))["attempt_limit"]


@pytest.mark.parametrize("limit", [None, 1, 1000])
def test_an_attempt_limit_may_be_left_out(limit: int | None) -> None:
    assert quiz_problems(changed("attempt_limit", to=limit)) == {}


def test_a_quiz_is_told_in_words() -> None:
    assert in_words({}) == ""
    assert in_words(QUIZ) == (
        "Pass mark 50%, attempts at most: 3."
        " 1. What do you do first? (Raise the alarm ✓; Fetch your coat)"
        " 2. What puts out burning oil? (A fire blanket ✓; Foam ✓; Water)"
    )
