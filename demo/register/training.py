"""Filling the demo's register with something to learn, and with what people have done of it."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import get_random_string

from demo.cast import LEARNERS
from demo.crowd import CROWD
from demo.people import Person
from demo.training import CATEGORIES, COURSES, RECORDS, ROLES, Course, Question
from demo.training import Chapter as DemoChapter
from rollbook.ledger.operation import Operation
from rollbook.operations.award_completion import award
from rollbook.operations.grant_content_roles import GrantContentRoles
from rollbook.operations.save_category import SaveCategory
from rollbook.operations.save_chapter import SaveChapter
from rollbook.operations.save_competency import SaveCompetency
from rollbook.operations.save_content_role import SaveContentRole
from rollbook.operations.save_course import SaveCourse
from rollbook.operations.save_quiz import SaveQuiz
from rollbook.people.models import User
from rollbook.people.selection import UserSelection
from rollbook.training.catalogue import Chapter
from rollbook.training.completion import completed_at_without, started_at_without, status_without
from rollbook.training.records import Attempt, ChapterProgress, Enrolment, Status

Do = Callable[[Operation], list[int]]
VIDEOS = Path(__file__).resolve().parents[1] / "videos"
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PASS_MARK, ATTEMPTS = 60, 3
# How the crowd gets on, one after the other, for each course of a content role: how far, and how many weeks ago.
PACE: tuple[tuple[str, int], ...] = (
    ("completed", 5), ("begun", 3), ("completed", 1), ("", 0), ("completed", 9), ("failed", 2), ("", 0),
)  # fmt: skip


def add_training(users: dict[str, User], do: Do) -> None:
    """Build the catalogue by operations (`do` returns the ids it created) and put the records of `users` in it."""
    categories: dict[str, int] = {}
    for name, parent in CATEGORIES:
        parent_id = categories[parent] if parent else None
        (categories[name],) = do(SaveCategory(name=name, parent_id=parent_id))
    earned = sorted({course.competency for course in COURSES if course.competency})
    competencies = {name: do(SaveCompetency(name=name))[0] for name in earned}
    videos = {
        name: _stored(name) for name in sorted({c.video for of in COURSES for c in of.chapters if c.video})
    }
    courses = {course.key: _course(course, categories, competencies, videos, do) for course in COURSES}
    for role in ROLES:
        (role_id,) = do(
            SaveContentRole(name=role.name, course_ids=tuple(courses[key] for key in role.courses))
        )
        members = [person for person in (*LEARNERS, *CROWD) if person.location in role.locations]
        ids = tuple(sorted(users[person.key].pk for person in members))
        do(GrantContentRoles(users=UserSelection(ids=ids), content_role_ids=(role_id,)))
        _crowd(
            users, [person for person in members if person in CROWD], [courses[key] for key in role.courses]
        )
    for key, course, how_far, weeks in RECORDS:
        _record(users[key], courses[course], how_far, weeks)


def _course(
    course: Course, categories: dict[str, int], competencies: dict[str, int], videos: dict[str, str], do: Do
) -> int:
    earns = ((competencies[course.competency], 1, course.certificate_days),) if course.competency else ()
    (course_id,) = do(
        SaveCourse(
            title=course.title,
            category_id=categories[course.category],
            description=course.description,
            due_days=course.due_days,
            certificate_days=course.certificate_days,
            competencies=earns,
        )
    )
    for chapter in course.chapters:
        _chapter(chapter, course_id, videos, do)
    return course_id


def _chapter(chapter: DemoChapter, course_id: int, videos: dict[str, str], do: Do) -> None:
    (chapter_id,) = do(
        SaveChapter(
            course_id=course_id,
            title=chapter.title,
            required=chapter.required,
            video=videos.get(chapter.video, ""),
            captions=chapter.captions,
        )
    )
    if chapter.questions:
        do(SaveQuiz(chapter_id=chapter_id, quiz=_quiz(chapter.questions)))


def _quiz(questions: tuple[Question, ...]) -> dict[str, Any]:
    return {
        "pass_mark": PASS_MARK,
        "attempt_limit": ATTEMPTS,
        "questions": [
            {
                "id": f"q{number}",
                "text": question.text,
                "multiple": len(question.right) > 1,
                "choices": [
                    {"id": f"c{position}", "text": text, "correct": position in question.right}
                    for position, text in enumerate(question.choices)
                ],
            }
            for number, question in enumerate(questions)
        ],
    }


def _stored(name: str) -> str:
    """Put a copy of a video into the media folder, under such a name as an upload gets."""
    stored = f"videos/{get_random_string(26, LETTERS)}{Path(name).suffix}"
    target = Path(settings.MEDIA_ROOT) / stored
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(VIDEOS / name, target)
    return stored


def _crowd(users: dict[str, User], members: list[Person], courses: list[int]) -> None:
    for number, person in enumerate(members):
        for position, course_id in enumerate(courses):
            how_far, weeks = PACE[(number + 3 * position) % len(PACE)]
            if how_far and person.active:
                _record(users[person.key], course_id, how_far, weeks)


def _record(user: User, course_id: int, how_far: str, weeks: int) -> None:
    """Put on the record what somebody did `weeks` ago: "completed", "begun" or "failed" (tried a quiz in vain)."""
    at = timezone.now() - timedelta(weeks=weeks, minutes=37 * user.pk)
    chapters = list(Chapter.objects.filter(course=course_id, required=True).select_related("course"))
    due_days = chapters[0].course.due_days
    enrolment, new = Enrolment.objects.get_or_create(
        user=user, course_id=course_id, current=True, defaults={"due_at": at + timedelta(days=due_days or 0)}
    )
    if not new:
        return
    Enrolment.objects.filter(pk=enrolment.pk).update(
        enrolled_at=at, due_at=at + timedelta(days=due_days) if due_days else None
    )
    for chapter in chapters if how_far == "completed" else chapters[:1]:
        at += timedelta(minutes=12)
        _progress(enrolment, chapter, how_far, at)
    now = Enrolment.objects.filter(pk=enrolment.pk)
    now.update(status=status_without(), started_at=started_at_without(), completed_at=completed_at_without())
    if now.get().status == Status.COMPLETED:
        award(enrolment.pk, user)


def _progress(enrolment: Enrolment, chapter: Chapter, how_far: str, at: datetime) -> None:
    done = how_far == "completed"
    # A video alone is completed once it was seen: only a quiz can be failed.
    tried = done or (how_far != "begun" and bool(chapter.quiz))
    row = ChapterProgress.objects.create(
        enrolment=enrolment,
        chapter=chapter,
        status=Status.COMPLETED if done else Status.IN_PROGRESS,
        bookmark=3 if chapter.has_video else 0,
        watched=tried,
        score=(100 if done else 0) if tried and chapter.quiz else None,
        started_at=at - timedelta(minutes=10),
        completed_at=at if done else None,
    )
    Attempt.objects.create(
        enrolment=enrolment,
        progress=row,
        started_at=at - timedelta(minutes=10),
        finished_at=at if tried else None,
        score=row.score,
        passed=done,
    )
