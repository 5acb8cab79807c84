"""What the columns of a file of users are, and how its rows are taken: guessed, shown, and corrected."""

from abc import abstractmethod
from typing import Any

from django import forms
from django.db import transaction
from django.forms.boundfield import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render

from rollbook.common.sheets.bad_file import BadFile
from rollbook.common.text import in_sentence
from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.tree import places_of
from rollbook.interfaces.console.user_filters import LongSelect
from rollbook.interfaces.console.users_files import fates, mine, trail
from rollbook.interfaces.web.tasks import check_upload
from rollbook.operations.of_upload import operation_of
from rollbook.people.access import Right, UserActor
from rollbook.people.importing.columns import finding, importable, linking
from rollbook.people.importing.missing import FEW, Limits
from rollbook.people.importing.models import ImportFile, ImportRow, Upload
from rollbook.people.importing.staging import Choice, check_choice
from rollbook.people.importing.uploads import ask_for, check, is_small

SAMPLES = 3
ALONE = ("", "Leave alone")
LIMITS = Limits()


class ColumnsForm(forms.Form):
    """What both kinds of files have: the columns as they are now, and whether anything can be made of the choice."""

    def __init__(self, data: Any, *, file: ImportFile, upload: Upload) -> None:
        super().__init__(data)
        self.file = file
        self.fields_known = importable()
        chosen = upload.choice.get("columns") or dict(file.columns)
        self.columns: dict[str, str] = {
            name: chosen.get(name, "") if chosen.get(name, "") in self.fields_known else ""
            for name, _ in file.columns
        }
        self.found_by: str = upload.choice.get("by") or file.by
        self.samples = list(
            ImportRow.objects.filter(file=file)
            .order_by("state", "number")
            .values_list("cells", flat=True)[:SAMPLES]
        )

    def offer(self, name: str, choices: list[tuple[Any, str]], initial: Any = "") -> None:
        """Give a field its choices, and what is chosen at first."""
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # a choice field
        self.fields[name].initial = initial

    @abstractmethod
    def choice(self) -> Choice:
        """Return what the columns are said to be. Each kind of file says it."""

    def options(self) -> dict[str, object]:
        """Return the parameters of the operation besides the file."""
        return {}

    def clean(self) -> dict[str, Any]:
        """Refuse columns of which nothing can be made."""
        values: dict[str, Any] = self.cleaned_data
        if not self.errors:
            try:
                check_choice(self.file, self.choice())
            except BadFile as error:
                self.add_error(None, str(error))
        return values

    def examples(self, position: int) -> list[str]:
        """Return what the first rows have in a column."""
        return [cells[position] for cells in self.samples if position < len(cells) and cells[position]]


class ImportForm(ColumnsForm):
    """A field for each column, what finds users, and how rows are taken."""

    by = forms.ChoiceField(
        label="Find each user by",
        error_messages={"required": "Choose what says whom a row means."},
        help_text="Whoever is found is updated; where nobody is found, a user is created.",
    )
    location = forms.TypedChoiceField(
        label="Create new users in",
        required=False,
        coerce=int,
        empty_value=None,
        widget=LongSelect,
        help_text="Where a row names no location.",
    )
    empty_clears = forms.BooleanField(
        label="Empty cells clear what is there",
        required=False,
        help_text="Otherwise an empty cell leaves things as they are, as a missing column does.",
    )
    deactivate_missing = forms.BooleanField(
        label="Deactivate learners who are missing from the file",
        required=False,
        help_text="Active learners who could have been found, and are in no row. Where more than "
        f"{LIMITS.users} users of one location are missing, or more than {LIMITS.percent} % of it or of all together "
        f"(and more than {FEW} users), the whole file waits for a second administrator: one that was cut short must not empty the register.",
    )
    missing_in = forms.TypedChoiceField(
        label="Only those in this location and below",
        required=False,
        coerce=int,
        empty_value=None,
        widget=LongSelect,
    )

    def __init__(self, data: Any, *, file: ImportFile, upload: Upload, actor: UserActor) -> None:
        super().__init__(data, file=file, upload=upload)
        known = [(key, field.label) for key, field in self.fields_known.items()]
        for position, (name, key) in enumerate(self.columns.items()):
            self.fields[f"column_{position}"] = forms.ChoiceField(
                label=name, choices=[ALONE, *known], required=False, initial=key
            )
        finds = [(key, field.label) for key, field in self.fields_known.items() if field.finds]
        by = self.found_by or finding(list(self.columns.values()), self.fields_known)
        self.offer("by", [*([] if by else [("", "Choose…")]), *finds], by)
        places: list[tuple[Any, str]] = [node.choice for node in places_of(actor)]
        given = upload.options
        only = places[0][0] if len(places) == 1 else None
        self.offer(
            "location",
            [("", "None: refuse such rows"), *places],
            given.get("location_id", only),
        )
        self.offer("missing_in", [("", "Everywhere that I manage"), *places], given.get("missing_in"))
        for name in ("empty_clears", "deactivate_missing"):
            self.fields[name].initial = bool(given.get(name))

    def clean(self) -> dict[str, Any]:
        """Refuse to find users by what no column has."""
        by = self.cleaned_data.get("by")
        if by and by not in self.choice().columns.values():
            label = self.fields_known[by].label
            self.add_error(
                "by",
                f"No column is the user’s {in_sentence(label)}. Choose it above, or find users by another one.",
            )
        return super().clean()

    def choice(self) -> Choice:
        """Return the field of each column."""
        named = {name: self.cleaned_data[f"column_{n}"] for n, name in enumerate(self.columns)}
        return Choice(named, self.cleaned_data["by"])

    def options(self) -> dict[str, object]:
        """Return how rows are taken; whom to deactivate only where that is asked for."""
        values = self.cleaned_data
        return {
            "empty_clears": values["empty_clears"],
            "location_id": values["location"],
            "deactivate_missing": values["deactivate_missing"],
            "missing_in": values["missing_in"] if values["deactivate_missing"] else None,
        }

    def rows(self) -> list[tuple[BoundField, list[str]]]:
        """Return each column with what its first rows have."""
        return [(self[f"column_{n}"], self.examples(n)) for n in range(len(self.columns))]


class LinkForm(ColumnsForm):
    """Two columns: the one that identifies the user, and the one with the ID to set."""

    find_column = forms.TypedChoiceField(label="Column", coerce=int)
    by = forms.ChoiceField(label="is the user’s")
    set_column = forms.TypedChoiceField(label="Column", coerce=int)
    to_set = forms.ChoiceField(label="is the new")

    def __init__(self, data: Any, *, file: ImportFile, upload: Upload, actor: UserActor) -> None:
        super().__init__(data, file=file, upload=upload)
        keys = list(self.columns.values())
        by, to_set = linking(keys, self.fields_known)
        by, to_set = self.found_by or by, upload.choice.get("to_set") or to_set
        # Whichever column it will be.
        _, probably = linking(list(self.fields_known), self.fields_known)
        columns = [(n, self._called(n, name)) for n, name in enumerate(self.columns)]
        known = self.fields_known.items()
        choose: list[tuple[Any, str]] = [("", "Choose…")]
        self.offer("find_column", [*choose, *columns], keys.index(by) if by and by in keys else "")
        self.offer("by", [*choose, *((key, field.label) for key, field in known if field.finds)], by)
        self.offer("set_column", [*choose, *columns], keys.index(to_set) if to_set and to_set in keys else "")
        settable = [(key, field.label) for key, field in known if field.attribute and field.attribute.key]
        self.offer("to_set", [*choose, *settable], to_set or probably)
        for field in self.fields.values():
            field.error_messages["required"] = "Choose one."

    def _called(self, position: int, name: str) -> str:
        examples = self.examples(position)
        return f"{name} ({examples[0][:40]} …)" if examples else name

    def clean(self) -> dict[str, Any]:
        """Refuse one column for both."""
        values: dict[str, Any] = self.cleaned_data
        if not self.errors and values["find_column"] == values["set_column"]:
            self.add_error(
                "set_column", "One column cannot both find the user and be set. Choose another one."
            )
        return super().clean()

    def choice(self) -> Choice:
        """Return the two columns; the others are left alone."""
        values = self.cleaned_data
        meant = {values["find_column"]: values["by"], values["set_column"]: values["to_set"]}
        named = {name: meant.get(n, "") for n, name in enumerate(self.columns)}
        return Choice(named, values["by"], values["to_set"])


FORMS: dict[str, type[ImportForm] | type[LinkForm]] = {
    ImportFile.Kind.IMPORT: ImportForm,
    ImportFile.Kind.LINK: LinkForm,
}


@needs(Right.USERS_IMPORT, methods=("GET", "HEAD", "POST"))
def users_file_columns(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show what the columns are taken for; when they are confirmed, the rows are checked."""
    upload = mine(request, pk)
    sent = fates([upload])[0]
    if sent.job and sent.waits:
        return redirect("console:job", sent.job.pk)
    if upload.file is None or upload.is_busy:
        return redirect("console:users_file", pk)
    posted = request.POST if request.method == "POST" else None
    form = FORMS[upload.kind](posted, file=upload.file, upload=upload, actor=request.actor)
    if posted is not None and form.is_valid():
        _check(request, upload, form)
        return redirect("console:users_file", pk)
    context = {
        "form": form,
        "upload": upload,
        "file": upload.file,
        "heading": upload.get_kind_display(),
        **trail(upload),
    }
    name = "link" if upload.kind == ImportFile.Kind.LINK else "import"
    return render(request, f"console/users_file_{name}.html", context, status=422 if form.errors else 200)


def _check(request: ConsoleRequest, upload: Upload, form: ImportForm | LinkForm) -> None:
    with transaction.atomic():
        ask_for(upload, form.choice(), form.options())
        if not is_small(upload):
            check_upload.defer(upload_id=upload.pk)
            return
    check(upload.pk, operation_of=operation_of, actor_of=lambda _: request.actor)
