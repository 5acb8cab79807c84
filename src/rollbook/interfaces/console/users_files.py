"""Files of users: sent, read, and what became of each; import users and link users are two entries of one way."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from rollbook.common.sheets.bad_file import EMPTY, BadFile
from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.jobs import is_held_too_long
from rollbook.interfaces.web.downloads import FORMATS, table_response
from rollbook.interfaces.web.health import worker_runs
from rollbook.interfaces.web.tasks import read_upload
from rollbook.interfaces.web.uploads import USERS_FILE, USERS_FILE_LIMIT, refused_upload
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.people.access import Right
from rollbook.people.importing.columns import importable
from rollbook.people.importing.models import ImportFile, Upload
from rollbook.people.importing.results import template as columns_of_template
from rollbook.people.importing.staging import KEPT
from rollbook.people.importing.uploads import receive, remove, uploads_of

Kind, State = ImportFile.Kind, Upload.State
LISTED = 20
COLOURS = {
    State.READ: "yellow",
    State.CHECKED: "azure",
    State.FAILED: "red",
}
JOBS = {
    OperationJob.State.HELD: ("Waits for a second administrator", "yellow"),
    OperationJob.State.FAILED: ("Not applied", "red"),
    OperationJob.State.REJECTED: ("Rejected", "red"),
}


class SendForm(forms.Form):
    """The file."""

    users_file = forms.FileField(
        label="CSV or Excel file",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,text/csv,text/plain", "class": "drop"}),
        error_messages={"required": "Choose a file.", "empty": EMPTY},
    )


@dataclass(frozen=True)
class Sent:
    """A file that was sent: what to call its state, and the operation or the job that took it."""

    upload: Upload
    label: str
    colour: str
    record: OperationRecord | None
    job: OperationJob | None

    @property
    def waits(self) -> bool:
        """Say whether a job still needs its rows, or the worker has it."""
        return self.upload.is_busy or bool(self.job and not self.job.is_over)


def sent_page(kind: str) -> str:
    """Return the address of the page where files of a kind are sent."""
    return reverse("console:link_users" if kind == Kind.LINK else "console:import_users")


def mine(request: ConsoleRequest, pk: int) -> Upload:
    """Return a file that the actor sent. Raises Http404 for those of others, as for those that do not exist."""
    return get_object_or_404(uploads_of(request.actor), pk=pk)


def fates(uploads: list[Upload]) -> list[Sent]:
    """Return files with what became of them."""
    keys = [upload.plan_key for upload in uploads if upload.plan_key]
    records = {record.plan_key: record for record in OperationRecord.objects.filter(plan_key__in=keys)}
    jobs = {job.plan_key: job for job in OperationJob.objects.filter(plan_key__in=keys)}

    def fate(upload: Upload) -> Sent:
        record = records.get(upload.plan_key) if upload.plan_key else None
        job = jobs.get(upload.plan_key) if upload.plan_key else None
        state = State(upload.state)
        if record:
            return Sent(upload, "Applied", "green", record, job)
        if job and is_held_too_long(job):
            return Sent(upload, "Not approved in time", "red", None, job)
        if job:
            label, colour = JOBS.get(OperationJob.State(job.state), ("Being applied", "yellow"))
            return Sent(upload, label, colour, None, job)
        return Sent(upload, state.label, COLOURS.get(state, "yellow"), None, None)

    return [fate(upload) for upload in uploads]


def _send(request: ConsoleRequest, kind: str) -> HttpResponse:
    posted = request.method == "POST"
    form = SendForm(request.POST, request.FILES) if posted else SendForm()
    if posted:
        if refused := refused_upload(cast("HttpRequest", request)):
            form.errors[USERS_FILE] = form.error_class([refused])
        elif form.is_valid() and (upload := _received(request, kind, form)):
            return redirect("console:users_file", upload.pk)
    sent = fates(list(uploads_of(request.actor)[:LISTED]))
    context = {
        "form": form,
        "kind": kind,
        "heading": Kind(kind).label,
        "other": Kind.IMPORT if kind == Kind.LINK else Kind.LINK,
        "sent": sent,
        "days": KEPT.days,
        "most_megabytes": USERS_FILE_LIMIT >> 20,
        "breadcrumbs": [("Users", reverse("console:users"))],
    }
    return render(request, "console/users_files.html", context, status=422 if posted else 200)


def _received(request: ConsoleRequest, kind: str, form: SendForm) -> Upload | None:
    file = cast("UploadedFile[Any]", form.cleaned_data[USERS_FILE])
    name = file.name or "a file without a name"

    def start(upload_id: int) -> None:
        read_upload.defer(upload_id=upload_id)

    try:
        return receive(Path(cast("Any", file.file).name), kind, name, acting=request.actor, start=start)
    except BadFile as error:
        form.add_error(USERS_FILE, f"{name}: {error}")
        return None


@needs(Right.USERS_IMPORT, methods=("GET", "HEAD", "POST"))
def import_users(request: ConsoleRequest) -> HttpResponse:
    """Take a file that creates and updates users, and list what was sent."""
    return _send(request, Kind.IMPORT)


@needs(Right.USERS_IMPORT, methods=("GET", "HEAD", "POST"))
def link_users(request: ConsoleRequest) -> HttpResponse:
    """Take a file that sets a Username attribute, and list what was sent."""
    return _send(request, Kind.LINK)


@needs(Right.USERS_IMPORT)
def template(request: ConsoleRequest, kind: str, wanted: str) -> HttpResponseBase:
    """Hand out an empty file with the names of the columns."""
    if kind not in Kind.values or wanted not in FORMATS:
        raise Http404
    return table_response(wanted, f"{kind}-users", columns_of_template(importable(), kind), ())


@needs(Right.USERS_IMPORT)
def users_file(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show how far a file is, or lead to what is to be done with it; the page asks again by itself."""
    upload = mine(request, pk)
    if upload.state in {State.READ, State.CHECKED}:
        name = "users_file_columns" if upload.state == State.READ else "users_file_preview"
        href = reverse(f"console:{name}", args=[pk])
        return HttpResponseClientRedirect(href) if request.htmx else redirect(href)
    context = {
        "upload": upload,
        "heading": upload.get_kind_display(),
        "worker_runs": worker_runs,
        **trail(upload),
    }
    return render(request, "console/users_file.html", context)


@needs(Right.USERS_IMPORT, methods=("POST",))
def remove_users_file(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Remove a file and its rows, unless they are still needed."""
    upload = mine(request, pk)
    if not fates([upload])[0].waits:
        remove(upload)
    return redirect(sent_page(upload.kind))


def trail(upload: Upload) -> dict[str, Any]:
    """Return the pages above those of a file."""
    pages = [("Users", reverse("console:users")), (upload.get_kind_display(), sent_page(upload.kind))]
    return {"breadcrumbs": pages, "sent_page": sent_page(upload.kind)}
