"""The one face of every operation: what is asked for, its preview, OK, and what changed with its Undo."""

from collections.abc import Sequence
from typing import Any, ClassVar, cast
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.generic import View

from rollbook.common.text import listed
from rollbook.interfaces.console.doors import ConsoleRequest, admit
from rollbook.interfaces.console.shown import Group, samples_of
from rollbook.interfaces.web.checked import Checked
from rollbook.interfaces.web.large import becomes_a_job, handed_over, to_be_applied, users_in
from rollbook.interfaces.web.notices import changed
from rollbook.ledger import writer
from rollbook.ledger.errors import (
    AlreadyApplied,
    NotAllowed,
    NothingToDo,
    OutOfScope,
    ReasonMissing,
    Refused,
    StalePlan,
)
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import MANY, Operation, Plan
from rollbook.ledger.wording import counts_in_words
from rollbook.people.access import Right


class ConfirmForm(forms.Form):
    """Why it is done, and above `MANY` users how many they are."""

    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Whoever reads the history later will want to know why.",
    )
    typed_count = forms.CharField(max_length=20, widget=forms.TextInput(attrs={"inputmode": "numeric"}))

    def __init__(self, posted: QueryDict, *, needs_reason: bool, users: int) -> None:
        super().__init__(
            initial={"reason": posted.get("reason", ""), "typed_count": posted.get("typed_count", "")}
        )
        self.fields["reason"].required = needs_reason
        self.fields["typed_count"].label = f"Type {users:,} to confirm that you mean that many users"
        if users <= MANY:
            del self.fields["typed_count"]


class OperationPage(View):
    """Shows the form (if the operation has one), then the preview, then applies exactly what was previewed.

    `step` in the request says where the person is: "" (what was entered), "change" (back to the form), "apply".
    """

    http_method_names = ["get", "head", "post"]  # Django declares it so
    right: ClassVar[Right]
    heading = ""
    tone = "danger"
    form_class: ClassVar[type[forms.Form] | None] = None
    form_within_preview = False
    next_step = "Show what will change"
    form_template = "console/operation_form.html"
    template = "console/operation_preview.html"
    request: ConsoleRequest
    after: str
    key: UUID

    def operation(self, form: Any) -> Operation:
        """Return what the person asks for. `form` is this page's own, valid, or None where it has none."""
        raise Http404

    def button(self, plan: Plan) -> str:
        """Return the text of the button that does it, with the count where there is one."""
        return "OK"

    def back(self) -> str:
        """Return the address of Cancel."""
        return reverse("console:users")

    def done(self, record: OperationRecord) -> str:
        """Return the address to go to afterwards."""
        return self.after

    def form(self, data: Any = None) -> forms.Form | None:
        """Return the form, with what was entered."""
        return self.form_class(data) if self.form_class else None

    def samples(self, plan: Plan) -> Sequence[Group]:
        """Return the first rows of each effect."""
        return samples_of(plan)

    def number_of_users(self, plan: Plan) -> int:
        """Return how many users are to be confirmed."""
        return users_in(plan)

    def becomes_a_job(self, plan: Plan) -> bool:
        """Say whether it is not applied in the request."""
        return becomes_a_job(plan)

    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one."""
        return []

    def confirmed(self) -> QueryDict:
        """Return what is filled in to confirm: the reason, and the number of users."""
        return self.request.POST

    def more(self, form: forms.Form | None, plan: Plan | None) -> dict[str, Any]:
        """Return what the page's own template needs besides."""
        return {}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Let in whoever holds the right; what the ledger refuses to the actor is a 403 with the reason."""
        if (refused := admit(request, self.right)) is not None:
            return refused
        try:
            return super().dispatch(request, *args, **kwargs)
        except (NotAllowed, OutOfScope) as error:
            raise PermissionDenied(str(error)) from error

    def get(self, request: ConsoleRequest, **_: Any) -> HttpResponse:
        """Show the form, or the preview where nothing needs to be entered."""
        if self.form_class and not self.form_within_preview:
            return self.show_form(self.form())
        form = self.form(request.GET)
        if form and not form.is_valid():
            raise Http404
        return self.show_preview(self.operation(form), form)

    def post(self, request: ConsoleRequest, **_: Any) -> HttpResponse:
        """Show the form again, the preview, or do it."""
        form, step = self.form(request.POST), request.POST.get("step", "")
        if form and (not form.is_valid() or step == "change"):
            return self.show_form(form)
        operation = self.operation(form)
        if form and not self.form_within_preview and self.has_problems(operation, form):
            return self.show_form(form)
        return self.apply(operation, form) if step == "apply" else self.show_preview(operation, form)

    def has_problems(self, operation: Operation, form: forms.Form) -> bool:
        """Put each problem that the operation finds beside its field, and say whether there is any."""
        if isinstance(operation, Checked):
            for field, problem in operation.problems(self.request.actor).items():
                form.add_error(field if field in form.fields else None, self.told(problem))
        return bool(form.errors)

    def told(self, problem: str) -> str:
        """Return a problem as it stands beside its field."""
        return problem

    def show_form(self, form: forms.Form | None) -> HttpResponse:
        """Show the form."""
        context: dict[str, Any] = {
            "heading": self.heading,
            "form": form,
            "cancel_href": self.back(),
            "next_step": self.next_step,
            "reason": self.request.POST.get("reason", ""),
        }
        context |= {"breadcrumbs": self.breadcrumbs(), **self.more(form, None)}
        return render(self.request, self.form_template, context, status=422 if form and form.errors else 200)

    def show_preview(
        self, operation: Operation, form: forms.Form | None, problem: str = "", status: int = 200
    ) -> HttpResponse:
        """Plan and show it; `problem` says why what was confirmed did not happen."""
        plan = writer.preview(operation, acting=self.request.actor)
        confirm_form = ConfirmForm(
            self.confirmed(), needs_reason=operation.needs_reason, users=self.number_of_users(plan)
        )
        context = {
            "heading": self.heading,
            "plan": plan,
            "form": form,
            "confirm_form": confirm_form,
            "samples": self.samples(plan),
            "problem": problem,
            "cancel_href": self.back(),
            "button": "Ask for approval" if plan.holds else self.button(plan),
            "tone": self.tone,
            "changeable": bool(form) and not self.form_within_preview,
            "breadcrumbs": self.breadcrumbs(),
            **self.more(form, plan),
        }
        return render(self.request, self.template, context, status=status)

    def apply(self, operation: Operation, form: forms.Form | None) -> HttpResponse:
        """Do what was previewed, or show the new preview with what stood against it."""
        posted, actor = self.request.POST, self.request.actor
        # PostgreSQL cannot hold U+0000.
        reason = posted.get("reason", "")[:2000].replace("\x00", "")
        self.key, fingerprint = _key(posted.get("plan_key", "")), posted.get("fingerprint", "")
        plan = to_be_applied(operation, acting=actor, key=self.key)
        if problem := self.miscounted(plan):
            return self.show_preview(operation, form, problem, status=422)
        self.after = self.back()  # afterwards, what the address names may be gone
        try:
            if self.becomes_a_job(plan):
                job_id = handed_over(plan, acting=actor, reason=reason, previewed=fingerprint)
                return redirect("console:job", job_id)
            record = writer.apply(plan, acting=actor, reason=reason, previewed=fingerprint)
        except ReasonMissing as error:
            return self.show_preview(operation, form, str(error), status=422)
        except (StalePlan, Refused, NothingToDo) as error:
            return self.show_preview(operation, form, str(error), status=409)
        except AlreadyApplied as error:
            messages.info(self.request, str(error))
            return redirect(self.done(OperationRecord.objects.get(plan_key=self.key)))
        undo_href = reverse("console:undo", args=[record.pk])
        told = listed(counts_in_words(record.counts, undo=record.undoes_id is not None))
        text = f"{record.summary}: done. {told}."
        changed(cast(HttpRequest, self.request), text, undo_href)
        return self.finished(record)

    def finished(self, record: OperationRecord) -> HttpResponse:
        """Answer after it was done."""
        return redirect(self.done(record))

    def miscounted(self, plan: Plan) -> str:
        """Return why the number that was typed does not confirm this, or nothing."""
        users = self.number_of_users(plan)
        typed = "".join(filter(str.isalnum, self.request.POST.get("typed_count", "")))
        if users <= MANY or typed == str(users):
            return ""
        return f"This is about {users:,} users. Type this number to confirm it. Nothing was changed."


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()
