"""The quiz document of a chapter (`Chapter.quiz`): whether it is sound, and how answers to it are marked. Pure.

The document is `{"pass_mark": percent, "attempt_limit": number or null, "questions": [{"id": text, "text": text,
"multiple": bool, "choices": [{"id": text, "text": text, "correct": bool}]}]}`. Ids are chosen once and stay, so that
the answers of earlier attempts still name their questions.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from rollbook.people.fields import text_problem

Quiz = Mapping[str, Any]
Problem = tuple[str, str]

QUESTION_LENGTH, CHOICE_LENGTH = 1000, 500
ID = re.compile(r"[0-9A-Za-z_]{1,40}")
MOST_QUESTIONS, MOST_CHOICES, MOST_ATTEMPTS = 100, 20, 1000


def mark(quiz: Quiz, answers: Mapping[str, Collection[str]]) -> int:
    """Return the score in percent, rounded down; `answers` is {question id: ids of the ticked choices}.

    A question counts only if exactly its correct choices are ticked. Rounded down, so that 100 means every question,
    and nobody passes by rounding.
    """
    questions = quiz["questions"]
    right = sum(set(answers.get(question["id"], ())) == _correct(question) for question in questions)
    return 100 * right // len(questions)


def passed(quiz: Quiz, score: int) -> bool:
    """Say whether a score in percent reaches the pass mark."""
    return bool(score >= quiz["pass_mark"])


def in_words(quiz: Quiz) -> str:
    """Return a sound quiz as one text, "" for none: its marks, and its questions with the correct choices ticked."""
    if not quiz:
        return ""
    limit = quiz["attempt_limit"]
    questions = (
        f"{number}. {question['text']} ("
        + "; ".join(
            f"{choice['text']} ✓" if choice["correct"] else choice["text"] for choice in question["choices"]
        )
        + ")"
        for number, question in enumerate(quiz["questions"], 1)
    )
    marks = f"Pass mark {quiz['pass_mark']}%, {f'attempts at most: {limit}' if limit else 'any number of attempts'}."
    return " ".join([marks, *questions])


def quiz_problems(quiz: Quiz) -> dict[str, str]:
    """Return {place: sentence} of what is wrong with the document; nothing for an empty one, which is no quiz.

    A place is a path such as `pass_mark`, `questions`, `questions.0.text` or `questions.0.choices.1.text`.
    """
    if not quiz:
        return {}
    if not has_the_shape(quiz):
        return {
            "questions": "This is no quiz. It has a pass_mark, an attempt_limit, and questions with choices."
        }
    found: dict[str, str] = {}
    for place, problem in (*_of_the_marks(quiz), *_of_the_questions(quiz["questions"])):
        found.setdefault(place, problem)
    return found


def has_the_shape(quiz: Quiz) -> bool:
    """Say whether the document has the parts that a quiz has, sound or not."""

    def each(parts: Any, *, text: tuple[str, ...], flag: str) -> bool:
        return isinstance(parts, list) and all(
            isinstance(part, dict)
            and all(isinstance(part.get(name), str) for name in text)
            and isinstance(part.get(flag), bool)
            for part in parts
        )

    return each(quiz.get("questions"), text=("id", "text"), flag="multiple") and all(
        each(question.get("choices"), text=("id", "text"), flag="correct") for question in quiz["questions"]
    )


def _correct(question: Quiz) -> set[str]:
    return {choice["id"] for choice in question["choices"] if choice["correct"]}


def _of_the_marks(quiz: Quiz) -> Iterator[Problem]:
    if not _is_number(quiz.get("pass_mark"), 100):
        yield "pass_mark", "The pass mark is a whole number from 1 to 100, in percent."
    if quiz.get("attempt_limit") is not None and not _is_number(quiz["attempt_limit"], MOST_ATTEMPTS):
        yield (
            "attempt_limit",
            f"The attempt limit is a whole number from 1 to {MOST_ATTEMPTS:,}; leave it empty for no limit.",
        )


def _is_number(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _of_the_questions(questions: list[Quiz]) -> Iterator[Problem]:
    if not questions:
        yield "questions", "The quiz has no question. Add one, or take the quiz away."
    if len(questions) > MOST_QUESTIONS:
        yield (
            "questions",
            f"The quiz has {len(questions)} questions; {MOST_QUESTIONS} is the most. Divide it over chapters.",
        )
    if problem := _ids_problem(questions, "questions"):
        yield "questions", problem
    for number, question in enumerate(questions, 1):
        place = f"questions.{number - 1}"
        if problem := text_problem(question["text"], f"Question {number}", longest=QUESTION_LENGTH):
            yield f"{place}.text", problem
        yield from (
            (f"{place}.choices{part}", problem) for part, problem in _of_the_choices(number, question)
        )


def _of_the_choices(number: int, question: Quiz) -> Iterator[Problem]:
    choices, correct = question["choices"], sum(choice["correct"] for choice in question["choices"])
    if len(choices) < 2:
        yield "", f"Question {number} needs at least two choices. Add one."
    elif len(choices) > MOST_CHOICES:
        yield "", f"Question {number} has {len(choices)} choices; {MOST_CHOICES} is the most. Remove some."
    elif not correct:
        yield "", f"Question {number} has no correct choice. Tick the one that is correct."
    elif correct > 1 and not question["multiple"]:
        yield (
            "",
            f"Question {number} has {correct} correct choices but allows only one. Leave one ticked, or allow several.",
        )
    if problem := _ids_problem(choices, f"choices of question {number}"):
        yield "", problem
    texts = Counter(choice["text"] for choice in choices)
    for position, choice in enumerate(choices):
        what = f"Choice {position + 1} of question {number}"
        if problem := text_problem(choice["text"], what, longest=CHOICE_LENGTH):
            yield f".{position}.text", problem
        elif texts[choice["text"]] > 1:
            yield f".{position}.text", f"{what} is there twice. Change one of the two, or remove it."


def _ids_problem(parts: Iterable[Quiz], what: str) -> str | None:
    ids = Counter(part["id"] for part in parts)
    twice = [key for key, times in ids.items() if times > 1]
    if twice:
        return f"Two {what} have the id “{twice[0]}”. Give each its own."
    if not all(ID.fullmatch(key) for key in ids):
        return (
            f"One of the {what} has an unusable id. Make it of 1 to 40 letters without accents, digits or _."
        )
    return None
