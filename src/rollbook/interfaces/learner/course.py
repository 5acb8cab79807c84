"""The page of a course."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rollbook.interfaces.learner.doors import learner_of, not_open
from rollbook.training.access import courses_of
from rollbook.training.my_training import my_chapters, my_course


@login_required
@require_safe
def course(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the chapters in order, each with its status and what is left to do."""
    user = learner_of(request)
    found = courses_of(user).filter(pk=pk).first()
    if found is None:
        return not_open(request, "course")
    context = {"my": my_course(user, found), "chapters": my_chapters(user, found)}
    return render(request, "learner/course.html", context)
