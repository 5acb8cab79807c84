"""The learner's landing page: My training, and how the person was recognised."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rollbook.interfaces.learner.doors import launch_of, learner_of
from rollbook.lms.models import Launch, LMSAccount
from rollbook.people.tree import learners_may_reset
from rollbook.training.my_training import my_courses
from rollbook.training.records import Status


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Greet the person, show what there is to learn, and, after a launch, how they were recognised."""
    user, launch = learner_of(request), launch_of(request)
    account = LMSAccount.objects.filter(pk=request.session.get("lms_account_id") or 0, user=user.pk).first()
    courses = my_courses(user)
    context = {
        "launch": launch,
        "account": account,
        "matched_on": matched_on(launch) if launch else [],
        "courses": courses,
        "may_reset": any(my.status == Status.IN_PROGRESS for my in courses)
        and learners_may_reset(user.location_id),
    }
    return render(request, "learner/home.html", context)


def matched_on(launch: Launch) -> list[str]:
    """Return what the LMS sent that fitted the person, as "Student ID 00123", from the launch's evidence."""
    return [
        f"{found['as']} {matcher['value']}"
        for matcher in launch.evidence.get("matchers", [])
        for found in matcher["found"]
        if not matcher["witness"] and found["user"] == launch.user_id
    ]
