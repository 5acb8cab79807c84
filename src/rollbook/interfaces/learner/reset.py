"""Reset in-progress for oneself: one chapter, or all that are in progress, listed before it is done."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from rollbook.common.text import counted
from rollbook.interfaces.learner.doors import learner_of
from rollbook.ledger import writer
from rollbook.ledger.errors import LedgerError
from rollbook.operations.reset_in_progress import ResetInProgress
from rollbook.people.access import oneself
from rollbook.people.selection import UserSelection
from rollbook.training.records import ChapterProgress, Status
from rollbook.training.selection import ContentSelection


@login_required
def reset(request: HttpRequest) -> HttpResponse:
    """List what will be set back; do it when that was confirmed. `chapter` is the one that is meant; none for all."""
    user = learner_of(request)
    asked = request.POST.get("chapter", "") or request.GET.get("chapter", "")
    only = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    content = ContentSelection(chapter_ids=(only,)) if only else ContentSelection(everything=True)
    operation = ResetInProgress(users=UserSelection(ids=(user.pk,)), content=content)
    plan = writer.preview(operation, acting=oneself(user))
    rows = ChapterProgress.objects.filter(
        enrolment__user=user, status=Status.IN_PROGRESS, erased_at=None, chapter__in=content.chapters()
    ).select_related("chapter__course")
    listed = list(rows.order_by("chapter__course__title", "chapter__position"))
    context = {"plan": plan, "rows": listed, "only": only}
    if request.method != "POST":
        return render(request, "learner/reset.html", context)
    try:
        writer.apply(plan, acting=oneself(user), previewed=request.POST.get("fingerprint", ""))
    except LedgerError as error:
        return render(request, "learner/reset.html", context | {"problem": error}, status=HTTPStatus.CONFLICT)
    back = f"{counted(len(listed), 'chapter')} set back to Not started."
    messages.success(request, f"{back} Your earlier attempts, and what you have completed, are as they were.")
    return redirect("learner:course", listed[0].chapter.course_id) if only else redirect("learner:home")
