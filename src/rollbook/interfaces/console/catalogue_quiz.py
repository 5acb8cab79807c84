"""The quiz editor. It works without a script: each button sends the form, which comes back with what was typed."""

import json
from collections.abc import Iterator
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.urls import reverse

from rollbook.common.ids import random_code
from rollbook.interfaces.console.catalogue_parts import CataloguePage
from rollbook.interfaces.console.doors import ConsoleRequest
from rollbook.ledger.operation import Operation, Plan
from rollbook.operations.save_quiz import SaveQuiz
from rollbook.training.catalogue import Chapter
from rollbook.training.quiz import has_the_shape, quiz_problems

Quiz = dict[str, Any]
CHOICES, PASS_MARK = 3, 80


def new_choice() -> Quiz:
    """Return an empty choice."""
    return {"id": random_code(8), "text": "", "correct": False}


def new_question() -> Quiz:
    """Return an empty question."""
    choices = [new_choice() for _ in range(CHOICES)]
    return {"id": random_code(8), "text": "", "multiple": False, "choices": choices}


def quiz_from(posted: QueryDict) -> Quiz:
    """Return the quiz as it was typed, sound or not. Questions and choices come in the order of their fields."""
    questions: dict[str, Quiz] = {}
    for name in posted:
        kind, _, key = name.partition("-")
        text = " ".join(str(posted[name]).split())
        if kind == "question":
            multiple = f"multiple-{key}" in posted
            questions[key] = {"id": key, "text": text, "multiple": multiple, "choices": []}
        elif kind == "choice" and (question := questions.get(key.partition("-")[0])):
            own = key.partition("-")[2]
            correct = own in posted.getlist(f"correct-{question['id']}")
            question["choices"].append({"id": own, "text": text, "correct": correct})
    limit = posted.get("attempt_limit", "").strip()
    return {
        "pass_mark": _number(posted.get("pass_mark", "")),
        "attempt_limit": _number(limit) if limit else None,
        "questions": list(questions.values()),
    }


def edited(quiz: Quiz, step: str) -> str:
    """Change the quiz as a button says: "add", "remove-Q", "up-Q", "down-Q", "more-Q", "less-Q-C".

    Returns the id of the question or choice to go on with.
    """
    verb, _, key = step.partition("-")
    questions = quiz["questions"]
    if verb == "add":
        questions.append(new_question())
        return str(questions[-1]["id"])
    key, _, choice = key.partition("-")
    at = next((at for at, question in enumerate(questions) if question["id"] == key), None)
    if at is None:
        return ""
    choices = questions[at]["choices"]
    if verb == "remove":
        questions.pop(at)
    elif verb in {"up", "down"}:
        to = min(max(at + (1 if verb == "down" else -1), 0), len(questions) - 1)
        questions.insert(to, questions.pop(at))
    elif verb == "more":
        choices.append(new_choice())
        return str(choices[-1]["id"])
    elif verb == "less":
        choices[:] = [one for one in choices if one["id"] != choice]
    return key


def without_blanks(quiz: Quiz) -> Quiz:
    """Return the quiz without choices in which nothing was entered."""
    for question in quiz["questions"]:
        given = [one for one in question["choices"] if one["text"] or one["correct"]]
        # Two fields at least stay to be filled.
        question["choices"] = given if len(given) > 1 else question["choices"][:2]
    return quiz


class QuizForm(forms.Form):
    """The quiz as one JSON document."""

    quiz = forms.CharField(widget=forms.HiddenInput)

    def document(self) -> Quiz:
        """Return the document; one without questions where the JSON was tampered with."""
        try:
            found = json.loads(self.data.get("quiz", ""))
        except ValueError:
            found = None
        if found == {} or (isinstance(found, dict) and has_the_shape(found)):
            return dict(found)
        return {"pass_mark": PASS_MARK, "attempt_limit": None, "questions": []}


class QuizPage(CataloguePage):
    """Write the quiz of a chapter, or take it away."""

    form_class = QuizForm
    form_template = "console/catalogue_quiz.html"
    model = Chapter
    focus = ""

    @property
    def heading(self) -> str:  # type: ignore[override]  # a constant in other pages
        """Return whose quiz it is."""
        return f"Quiz of {self.row}"

    def back(self) -> str:
        """Return the chapter."""
        return reverse("console:chapter", args=[self.row.pk])

    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return the list, the course and the chapter."""
        row = self.row
        course = (row.course.title, reverse("console:course", args=[row.course_id]))
        return [*super().breadcrumbs(), course, (row.title, self.back())]

    def form(self, data: Any = None) -> QuizForm:
        """Return the document: as it is now, as the editor's fields have it, or as the preview carried it."""
        if data is None:
            blank = {"pass_mark": PASS_MARK, "attempt_limit": None, "questions": [new_question()]}
            return QuizForm({"quiz": json.dumps(self.row.quiz or blank)})
        if data.get("step") == "none":
            return QuizForm({"quiz": "{}"})
        return QuizForm(data if "quiz" in data else {"quiz": json.dumps(without_blanks(quiz_from(data)))})

    def post(self, request: ConsoleRequest, **_: Any) -> HttpResponse:
        """Redraw the editor with one question or choice more or less, or go on as every operation does."""
        step = request.POST.get("step", "")
        if step.partition("-")[0] not in {"add", "remove", "up", "down", "more", "less"}:
            return super().post(request)
        quiz = quiz_from(request.POST)
        self.focus = edited(quiz, step)
        return self.show_form(QuizForm({"quiz": json.dumps(quiz)}))

    def has_problems(self, operation: Operation, form: forms.Form) -> bool:
        """Say whether the quiz is unsound; the editor draws each problem beside its place."""
        if problems := quiz_problems(form.document() if isinstance(form, QuizForm) else {}):
            form.add_error(None, f"{len(problems)} of the entries below need another look.")
        return bool(problems)

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        return SaveQuiz(chapter_id=self.row.pk, quiz=form.document())

    def more(self, form: Any, plan: Plan | None) -> dict[str, Any]:
        """Return what the editor draws."""
        if plan is not None or form is None:
            return {}
        quiz = form.document()
        problems = quiz_problems(quiz) if form.errors else {}
        return {
            "quiz": quiz,
            "questions": list(drawn(quiz.get("questions") or [], problems)),
            "problems": problems,
            "focus": self.focus,
            "chapter": self.row,
        }

    def button(self, plan: Plan) -> str:
        """Return what the button does."""
        return "Save 1 quiz" if plan.operation.params()["quiz"] else "Take 1 quiz away"


def drawn(questions: list[Quiz], problems: dict[str, str]) -> Iterator[Quiz]:
    """Return each question and choice with what is wrong there."""
    for at, question in enumerate(questions):
        place = f"questions.{at}"
        choices = [
            {**choice, "problem": problems.get(f"{place}.choices.{number}.text", "")}
            for number, choice in enumerate(question["choices"])
        ]
        wrong = {
            "problem": problems.get(f"{place}.text", ""),
            "choices_problem": problems.get(f"{place}.choices", ""),
        }
        yield {**question, **wrong, "choices": choices}


def _number(text: str) -> int | str:
    """Return a whole number, or the text as it was typed, for which the quiz's own check has a sentence."""
    return int(text) if text.strip().isascii() and text.strip().isdecimal() and len(text) < 10 else text
