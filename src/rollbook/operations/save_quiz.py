"""Write the quiz of a chapter, or take it away."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from rollbook.common.text import counted
from rollbook.ledger.actor import Actor
from rollbook.ledger.operation import Note, Operation, Plan
from rollbook.operations.completing import finishing
from rollbook.operations.saving import saved
from rollbook.people.access import Right
from rollbook.training.catalogue import Chapter, Course
from rollbook.training.quiz import Quiz, quiz_problems
from rollbook.training.records import Attempt


@dataclass(frozen=True, kw_only=True)
class SaveQuiz(Operation):
    """Let the chapter have this quiz (`rollbook.training.quiz` says its form), or none where it is empty."""

    verb = "save_quiz"
    right = Right.CATALOGUE_EDIT

    chapter_id: int
    quiz: dict[str, Any]

    def problems(self, _acting: Actor) -> dict[str, str]:
        """Return {place in the quiz: sentence} of what stands against it."""
        if not self._rows.exists():
            return {"chapter_id": f"There is no chapter #{self.chapter_id}."}
        return quiz_problems(self.quiz)

    def plan(self, acting: Actor) -> Plan:
        """Say what becomes of the questions."""
        problems, chapter = self.problems(acting), self._rows.first()
        plan = Plan(
            operation=self,
            summary=f"{'Save' if self.quiz else 'Take away'} the quiz of the chapter {chapter or self.chapter_id}",
            # The course too, so that nobody comes to it at that moment, and an undo finds it.
            subjects=[self._rows, Course.objects.filter(chapters=self.chapter_id)],
            effects=[] if problems else saved(self._rows, {"quiz": self.quiz}),
            notes=[] if problems or chapter is None else list(self._notes(chapter.quiz)),
            warnings=[] if chapter is None else list(self._warnings(chapter)),
            refusals=list(problems.values()),
        )
        if problems or chapter is None or self.quiz or not chapter.quiz or not chapter.has_video:
            return plan
        return finishing(plan, chapter)

    @property
    def _rows(self) -> "QuerySet[Chapter]":
        return Chapter.objects.filter(pk=self.chapter_id)

    def _notes(self, before: Quiz) -> Iterator[Note]:
        was, becomes = ({q["id"]: q for q in quiz.get("questions", [])} for quiz in (before, self.quiz))
        if self.quiz:
            limit = self.quiz["attempt_limit"]
            tries = f"{counted(limit, 'attempt')} at most" if limit else "any number of attempts"
            yield Note(f"{counted(len(becomes), 'question')}, pass mark {self.quiz['pass_mark']}%, {tries}")
        for key in [*was, *(key for key in becomes if key not in was)]:
            if was.get(key) != becomes.get(key):
                what = "New" if key not in was else "Removed" if key not in becomes else "Changed"
                yield Note(f"{what}: “{(becomes.get(key) or was[key])['text']}”")

    def _warnings(self, chapter: Chapter) -> Iterator[str]:
        open_now = Attempt.objects.filter(progress__chapter=chapter, finished_at__isnull=True).count()
        if open_now and chapter.quiz and self.quiz:
            yield (
                f"{counted(open_now, 'attempt')} at this chapter {'is' if open_now == 1 else 'are'} open now, and"
                " will be marked by the new quiz. Scores so far stay."
            )
        if not self.quiz and not chapter.has_video:
            yield "Without a quiz this chapter is empty: it has no video, and nobody can complete it."
