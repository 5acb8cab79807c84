"""Answers to a quiz, and what came of them."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from rollbook.interfaces.learner.chapter import show
from rollbook.interfaces.learner.doors import learner_of, not_open
from rollbook.interfaces.learner.questions import answers_from, questions
from rollbook.interfaces.learner.saving import number
from rollbook.operations.award_completion import award
from rollbook.people.models import User
from rollbook.training import activity
from rollbook.training.learning_errors import LearningError
from rollbook.training.my_training import my_chapters, my_course
from rollbook.training.records import Attempt


@login_required
@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the answers once; where they are not kept, say why and show them again."""
    user = learner_of(request)
    attempt = _attempt(user, pk)
    if attempt is None:
        return not_open(request, "chapter")
    chapter = attempt.progress.chapter
    answers = answers_from(chapter.quiz, request.POST)
    try:
        activity.submit_quiz(pk, number(request, "resets"), answers, user=user, award=award)
    except LearningError as error:
        return show(request, chapter, error, answers)
    return redirect("learner:result", pk)


@never_cache
@login_required
@require_safe
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the score, whether it is passed, and what can be done next; the right answers only once it is passed."""
    user = learner_of(request)
    attempt = _attempt(user, pk)
    if attempt is None or attempt.finished_at is None or attempt.progress.erased_at:
        return not_open(request, "chapter")
    chapter = attempt.progress.chapter
    line = my_chapters(user, chapter.course)
    place = next((at for at, my in enumerate(line) if my.chapter == chapter), None)
    if place is None:
        return not_open(request, "chapter")
    context = {
        "attempt": attempt,
        "chapter": chapter,
        "my": line[place],
        "my_course": my_course(user, chapter.course),
        "next": line[place + 1] if place + 1 < len(line) else None,
        "questions": questions(chapter.quiz, attempt.answers) if attempt.passed and chapter.quiz else [],
    }
    return render(request, "learner/result.html", context)


def _attempt(user: User, pk: int) -> Attempt | None:
    mine = Attempt.objects.select_related("progress__chapter__course").filter(enrolment__user=user)
    return mine.filter(pk=pk).first()
