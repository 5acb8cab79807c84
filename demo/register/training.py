"""Filling the demo's register with something to learn, and with what people have done of it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
TRY = timedelta(minutes=10)
# How the crowd gets on, one after the other, for each course of a content role: how far, and how many weeks ago.
PACE: tuple[tuple[str, int], ...] = (
    ("completed", 5), ("begun", 3), ("completed", 1), ("", 0), ("completed", 9), ("failed", 2), ("", 0),
)  # fmt: skip


@dataclass(frozen=True)
class Record:
    """What somebody did on a course, `weeks` ago: "completed", "begun" or "failed" (tried a quiz in vain)."""

    user: User
    course_id: int
    how_far: str
    weeks: int


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
    records: list[Record] = []
    for role in ROLES:
        (role_id,) = do(
            SaveContentRole(name=role.name, course_ids=tuple(courses[key] for key in role.courses))
        )
        members = [person for person in (*LEARNERS, *CROWD) if person.location in role.locations]
        ids = tuple(sorted(users[person.key].pk for person in members))
        do(GrantContentRoles(users=UserSelection(ids=ids), content_role_ids=(role_id,)))
        crowd = [person for person in members if person in CROWD]
        records += _of_crowd(users, crowd, [courses[key] for key in role.courses])
    records += [
        Record(users[key], courses[course], how_far, weeks) for key, course, how_far, weeks in RECORDS
    ]
    _put_on_record(records)


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


def _of_crowd(users: dict[str, User], members: list[Person], courses: list[int]) -> Iterator[Record]:
    for number, person in enumerate(members):
        for position, course_id in enumerate(courses):
            how_far, weeks = PACE[(number + 3 * position) % len(PACE)]
            if how_far and person.active:
                yield Record(users[person.key], course_id, how_far, weeks)


def _put_on_record(records: list[Record]) -> None:
    """Store what people did, of each course the first that is told of them, and award what they completed."""
    required: dict[int, list[Chapter]] = {}
    for chapter in Chapter.objects.filter(required=True).select_related("course"):
        required.setdefault(chapter.course_id, []).append(chapter)
    first: dict[tuple[int, int], Record] = {}
    for record in records:
        first.setdefault((record.user.pk, record.course_id), record)
    now = timezone.now()
    begun = {key: now - timedelta(weeks=record.weeks, minutes=37 * key[0]) for key, record in first.items()}
    enrolments = Enrolment.objects.bulk_create(
        Enrolment(
            user=record.user,
            course_id=record.course_id,
            enrolled_at=begun[key],
            due_at=_due(begun[key], required[record.course_id][0].course.due_days),
        )
        for key, record in first.items()
    )
    progress, attempts = [], []
    for enrolment, (key, record) in zip(enrolments, first.items(), strict=True):
        chapters, at = required[record.course_id], begun[key]
        for chapter in chapters if record.how_far == "completed" else chapters[:1]:
            at += timedelta(minutes=12)
            row = _progress(enrolment, chapter, record.how_far, at)
            progress.append(row)
            attempts.append(_attempt(row, at))
    ChapterProgress.objects.bulk_create(progress)
    Attempt.objects.bulk_create(attempts)
    made = Enrolment.objects.filter(pk__in=[enrolment.pk for enrolment in enrolments])
    made.update(status=status_without(), started_at=started_at_without(), completed_at=completed_at_without())
    for enrolment in made.filter(status=Status.COMPLETED).select_related("user").order_by("pk"):
        award(enrolment.pk, enrolment.user)


def _due(at: datetime, days: int | None) -> datetime | None:
    return at + timedelta(days=days) if days else None


def _progress(enrolment: Enrolment, chapter: Chapter, how_far: str, at: datetime) -> ChapterProgress:
    done = how_far == "completed"
    # A video alone is completed once it was seen: only a quiz can be failed.
    tried = done or (how_far != "begun" and bool(chapter.quiz))
    return ChapterProgress(
        enrolment=enrolment,
        chapter=chapter,
        status=Status.COMPLETED if done else Status.IN_PROGRESS,
        bookmark=3 if chapter.has_video else 0,
        watched=tried,
        score=(100 if done else 0) if tried and chapter.quiz else None,
        started_at=at - TRY,
        completed_at=at if done else None,
    )


def _attempt(progress: ChapterProgress, at: datetime) -> Attempt:
    return Attempt(
        enrolment=progress.enrolment,
        progress=progress,
        started_at=at - TRY,
        finished_at=at if progress.watched else None,
        score=progress.score,
        passed=progress.status == Status.COMPLETED,
    )
