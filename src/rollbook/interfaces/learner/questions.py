"""The questions of a quiz as a form shows them, and the answers as it sends them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

Answers = Mapping[str, Collection[str]]


@dataclass(frozen=True)
class Choice:
    """One choice; `right` says whether it belongs to the right answer."""

    id: str
    text: str
    ticked: bool
    right: bool


@dataclass(frozen=True)
class Question:
    """One question, its name in the form, and its choices."""

    name: str
    text: str
    multiple: bool
    choices: list[Choice]

    @property
    def answered_right(self) -> bool:
        """Say whether exactly the right choices are ticked."""
        return all(choice.ticked == choice.right for choice in self.choices)


def questions(quiz: Mapping[str, Any], answers: Answers | None = None) -> list[Question]:
    """Return the questions of a quiz document, with the choices of `answers` ticked."""
    given = answers or {}
    return [
        Question(
            _name(question["id"]),
            question["text"],
            question["multiple"],
            [
                Choice(
                    choice["id"],
                    choice["text"],
                    choice["id"] in given.get(question["id"], ()),
                    choice["correct"],
                )
                for choice in question["choices"]
            ],
        )
        for question in quiz["questions"]
    ]


def answers_from(quiz: Mapping[str, Any], posted: QueryDict) -> dict[str, list[str]]:
    """Return {question id: choice ids} from the form."""
    return {question["id"]: posted.getlist(_name(question["id"])) for question in quiz.get("questions", [])}


def _name(question_id: str) -> str:
    return f"question-{question_id}"
