"""Create or edit a chapter: its title, its video and captions. Its quiz is `save_quiz`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, QuerySet

from rollbook.common.text import counted, tidy
from rollbook.ledger.actor import Actor
from rollbook.ledger.operation import Note, Operation, Plan
from rollbook.operations.completing import completing
from rollbook.operations.saving import saved
from rollbook.people.access import Right
from rollbook.people.fields import NAME_LENGTH, text_problem
from rollbook.training import catalogue_checks as checks
from rollbook.training.catalogue import Chapter, Course
from rollbook.training.completion import once_changed
from rollbook.training.records import Enrolment, Status


@dataclass(frozen=True, kw_only=True)
class SaveChapter(Operation):
    """Create a chapter at the end of a course, or where `chapter_id` is given, let that one of the course be so.

    `video` is the name of an uploaded file in the media folder, `video_url` an address elsewhere: one at most.
    """

    verb = "save_chapter"
    right = Right.CATALOGUE_EDIT

    course_id: int
    chapter_id: int | None = None
    title: str
    required: bool = True
    video: str = ""
    video_url: str = ""
    captions: str = ""
    captions_language: str = "en"

    def problems(self, _acting: Actor) -> dict[str, str]:
        """Return {parameter: sentence} of what stands against it."""
        values, chapter = self._values(), self._rows.first()
        found = {
            "course_id": checks.missing_problem(Course, (self.course_id,)),
            "title": text_problem(values["title"], "The title", longest=NAME_LENGTH),
            # What is there already needs no second look: the file may be on another machine for a while.
            "video": None if chapter and chapter.video == self.video else checks.video_problem(self.video),
            "video_url": checks.url_problem(values["video_url"]),
            "captions": checks.captions_problem(values["captions"]),
            "captions_language": checks.language_problem(values["captions_language"]),
        }
        if self.video and values["video_url"]:
            found["video_url"] = "A chapter has one video: upload a file, or give an address, not both."
        if self.chapter_id is not None and chapter is None:
            found["chapter_id"] = f"There is no chapter #{self.chapter_id} in this course."
        return {field: problem for field, problem in found.items() if problem}

    def plan(self, acting: Actor) -> Plan:
        """Say what is created or differs."""
        problems, chapter, values = self.problems(acting), self._rows.first(), self._values()
        course = Course.objects.filter(pk=self.course_id)
        if chapter is None:
            last = Chapter.objects.filter(course=self.course_id).aggregate(last=Max("position"))["last"] or 0
            values |= {"course_id": self.course_id, "position": last + 1}
        plan = Plan(
            operation=self,
            summary=f"Edit the chapter {chapter}" if chapter else f"Create the chapter {values['title']}",
            # The course too, so that two new chapters do not take the same place.
            subjects=[self._rows, course],
            effects=[] if problems else saved(self._rows, values),
            notes=list(self._notes(chapter)),
            warnings=list(self._warnings(chapter)),
            refusals=list(problems.values()),
        )
        if problems or chapter is None or chapter.required == self.required:
            return plan
        return completing(plan, self.course_id, once_changed(chapter.pk, required=self.required))

    @property
    def _rows(self) -> "QuerySet[Chapter]":
        return Chapter.objects.filter(pk__in=[self.chapter_id or 0], course=self.course_id)

    def _values(self) -> dict[str, Any]:
        lines = self.captions.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        return {
            "title": tidy(self.title),
            "required": self.required,
            "video": self.video,
            "video_url": tidy(self.video_url),
            "captions": lines if lines.strip() else "",
            "captions_language": tidy(self.captions_language),
        }

    def _notes(self, chapter: Chapter | None) -> Iterator[Note]:
        if chapter and chapter.video and chapter.video != self.video:
            yield Note(
                "The video so far is taken off the chapter", "its file is kept, so that this can be undone"
            )

    def _warnings(self, chapter: Chapter | None) -> Iterator[str]:
        if not (self.video or self.video_url or (chapter and chapter.quiz)):
            yield "This chapter is still empty: give it a video or a quiz, or nobody can complete it."
        if not self.required or (chapter and chapter.required):
            return
        enrolled = Enrolment.objects.filter(course=self.course_id, current=True).exclude(
            status=Status.COMPLETED
        )
        if number := enrolled.count():
            yield (
                f"{counted(number, 'user')} in the middle of the course now {'needs' if number == 1 else 'need'} this"
                " chapter too. Who has completed the course stays so."
            )
