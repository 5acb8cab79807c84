"""The preview of a file of users: counts, the first rows of each state, and the button that takes it."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseRedirectBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse

from rollbook.common.spreadsheet import XLSX_ROWS
from rollbook.common.text import counted
from rollbook.interfaces.console.doors import ConsoleRequest
from rollbook.interfaces.console.operation_page import OperationPage
from rollbook.interfaces.console.shown import Group
from rollbook.interfaces.console.users_file_rows import group_of, numbers_of
from rollbook.interfaces.console.users_files import Sent, fates, mine, sent_page, trail
from rollbook.interfaces.web.large import users_in
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation, Plan
from rollbook.operations.of_upload import operation_of
from rollbook.people.access import Right
from rollbook.people.importing.models import Upload
from rollbook.people.importing.results import Counts, counts_of
from rollbook.people.importing.uploads import is_small


class PreviewPage(OperationPage):
    """The counts and the rows of a checked file, and the button that takes it."""

    right = Right.USERS_IMPORT
    tone = "primary"
    template = "console/users_file_preview.html"

    @cached_property
    def upload(self) -> Upload:
        """Return the file, if the actor sent it."""
        return mine(self.request, self.kwargs["pk"])

    @cached_property
    def sent(self) -> Sent:
        """Return what became of it so far."""
        return fates([self.upload])[0]

    def elsewhere(self) -> HttpResponse | None:
        """Return where to look instead: rows are not checked yet, or a job has them."""
        if self.sent.job and self.sent.waits:
            return redirect("console:job", self.sent.job.pk)
        return (
            None
            if self.upload.state == Upload.State.CHECKED
            else redirect("console:users_file", self.upload.pk)
        )

    def get(self, request: ConsoleRequest, **kwargs: Any) -> HttpResponse:
        """Show the preview."""
        return self.elsewhere() or super().get(request, **kwargs)

    def post(self, request: ConsoleRequest, **kwargs: Any) -> HttpResponse:
        """Show it again, or do it."""
        return self.elsewhere() or super().post(request, **kwargs)

    def operation(self, form: Any) -> Operation:
        """Return the import or the linking as it was asked for."""
        self.heading = self.upload.get_kind_display()
        return operation_of(self.upload)

    def show_preview(
        self, operation: Operation, form: forms.Form | None, problem: str = "", status: int = 200
    ) -> HttpResponse:
        """Check the rows of a small file against the register of now; those of a large one were by the worker."""
        if is_small(self.upload):
            operation_of(self.upload).prepare(self.request.actor)
        return super().show_preview(operation, form, problem, status)

    def apply(self, operation: Operation, form: forms.Form | None) -> HttpResponse:
        """Do it, and lead back to the rows that stayed out."""
        answer = super().apply(operation, form)
        if isinstance(answer, HttpResponseRedirectBase):
            Upload.objects.filter(pk=self.upload.pk).update(plan_key=self.key)
            self._tell_refused()
        return answer

    def _tell_refused(self) -> None:
        if refused := self.counts.refused:
            context = {"rows": counted(refused, "row"), "one": refused == 1, "upload": self.upload}
            text = render_to_string("console/users_file_refused.html", context)
            messages.warning(self.request, text)

    def samples(self, plan: Plan) -> Sequence[Group]:
        """Return nothing: the rows of the file say it all, and of a million rows samples take seconds."""
        return ()

    def becomes_a_job(self, plan: Plan) -> bool:
        """Say whether it is large or held, or its file is large, whose rows are checked once more."""
        return not is_small(self.upload) or super().becomes_a_job(plan)

    @cached_property
    def counts(self) -> Counts:
        """Return how many rows are in each state."""
        return counts_of(self.upload.file) if self.upload.file else Counts()

    def number_of_users(self, plan: Plan) -> int:
        """Return how many users are changed, also those who are created."""
        return users_in(plan) + self.counts.created

    def button(self, plan: Plan) -> str:
        """Return "Import 12 users", and how many become inactive."""
        verb = self.upload.get_kind_display().split()[0]
        taken = self.counts.created + self.counts.updated
        missing = self.number_of_users(plan) - taken
        leave = f"deactivate {counted(missing, 'user')}" if missing else ""
        if not taken and missing:
            return leave.capitalize()
        return f"{verb} {counted(taken, 'user')}{', ' if leave else ''}{leave}"

    def back(self) -> str:
        """Return the page of files."""
        return sent_page(self.upload.kind)

    def done(self, record: OperationRecord) -> str:
        """Return the page of the operation."""
        return reverse("console:operation", args=[record.pk])

    def more(self, form: forms.Form | None, plan: Plan | None) -> dict[str, Any]:
        """Return the groups of rows."""
        file, actor = self.upload.file, self.request.actor
        if file is None:
            raise Http404
        numbers = numbers_of(self.upload, file, actor)
        groups = [
            group_of(state, number, self.upload, file, actor) for state, number in numbers.items() if number
        ]
        return {
            "upload": self.upload,
            "file": file,
            "sent": self.sent,
            "groups": groups,
            "numbers": numbers,
            "fits_excel": numbers["refused"] <= XLSX_ROWS,
            "large": not is_small(self.upload),
            **trail(self.upload),
        }
