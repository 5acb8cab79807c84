"""The form of a chapter: its title, its video by upload or address, and captions."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse

from rollbook.interfaces.console.catalogue_parts import CataloguePage, NeededText
from rollbook.interfaces.web.uploads import refused_upload
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation, Plan
from rollbook.operations.save_chapter import SaveChapter
from rollbook.training.catalogue import Chapter, Course
from rollbook.training.videos import NO_VIDEO, keep_video

SOURCES = [("none", "No video"), ("upload", "A file that you upload"), ("url", "An address elsewhere")]
CAPTIONS_FILE = "captions_file"
CAPTIONS_SIZE = 1_000_000


class ChapterForm(forms.Form):
    """What a chapter is. `video` is the name under which an uploaded file was stored."""

    title = NeededText(label="Title")
    required = forms.BooleanField(
        label="Required: the course is completed only with it", required=False, initial=True
    )
    source = forms.ChoiceField(label="Video", choices=SOURCES, widget=forms.RadioSelect, initial="upload")
    video = forms.CharField(required=False, widget=forms.HiddenInput)
    video_url = forms.CharField(
        label="Address of the video",
        required=False,
        help_text="Of the file itself (MP4 or WebM), beginning with https://.",
    )
    captions = forms.CharField(
        label="Captions (WebVTT)", required=False, strip=False, widget=forms.Textarea(attrs={"rows": 5, "class": "font-monospace"}),
        help_text="Learners who cannot hear the video read them.",
    )  # fmt: skip
    captions_language = forms.CharField(
        label="Language of the captions",
        initial="en",
        required=False,
        help_text="Its code, such as en or pt-BR.",
    )
    # What stands against the files that came with the form.
    refused = ""
    refused_captions = ""

    def clean(self) -> dict[str, Any]:
        """Say beside the field which file could not be taken, or that none was chosen."""
        entered = self.cleaned_data
        source = entered.get("source")
        if self.refused:
            self.add_error("video", self.refused)
        elif source == "upload" and not entered.get("video"):
            self.add_error("video", "Choose a file to upload, or choose “No video”.")
        elif source == "url" and not entered.get("video_url"):
            self.add_error("video_url", "Give the address of the video, or choose “No video”.")
        if self.refused_captions:
            self.add_error("captions", self.refused_captions)
        return entered


class SaveChapterPage(CataloguePage):
    """Create or edit a chapter."""

    form_class = ChapterForm
    form_template = "console/catalogue_chapter_form.html"
    model = Chapter

    @property
    def course(self) -> Course:
        """Return the course that the chapter is, or will be, in."""
        row = self.row
        return row.course if row else get_object_or_404(Course, pk=self.kwargs["course"])

    def back(self) -> str:
        """Return the chapter, or the course for a new one."""
        pk = self.kwargs.get("pk")
        return (
            reverse("console:chapter", args=[pk]) if pk else reverse("console:course", args=[self.course.pk])
        )

    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return the list, the course and the chapter."""
        row, course = self.row, self.course
        above = [*super().breadcrumbs(), (course.title, reverse("console:course", args=[course.pk]))]
        return above + ([(row.title, self.back())] if row else [])

    def form(self, data: Any = None) -> ChapterForm:
        """Return the form with how it is now, or with what was entered and uploaded."""
        row = self.row
        if data is None:
            return ChapterForm(initial=given(row) if row else None)
        entered = data.copy()
        refused, refused_captions = self.take_video(entered), self.take_captions(entered)
        form = ChapterForm(entered)
        form.refused, form.refused_captions = refused, refused_captions
        return form

    def take_video(self, entered: QueryDict) -> str:
        """Store an uploaded video and write its name into the form; return why it could not be, or nothing."""
        request = cast("HttpRequest", self.request)
        file = request.FILES.get("upload")
        if file is not None:
            # Whoever uploads a file means it, whatever is chosen above it.
            entered["source"] = "upload"
            if name := keep_video(file):
                entered["video"] = name
                return ""
            return NO_VIDEO
        return refused_upload(request)

    def take_captions(self, entered: QueryDict) -> str:
        """Write the text of an uploaded file into the form; return why that could not be, or nothing."""
        file = cast("HttpRequest", self.request).FILES.get(CAPTIONS_FILE)
        if file is None:
            return ""
        try:
            entered["captions"] = file.read(CAPTIONS_SIZE).decode("utf-8-sig")
        except UnicodeDecodeError:
            return "The file with the captions is no UTF-8 text. Save it as UTF-8 and upload it again."
        return ""

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        entered, row = form.cleaned_data, self.row
        names = ("title", "required", "captions", "captions_language")
        return SaveChapter(
            course_id=self.course.pk,
            chapter_id=row.pk if row else None,
            video=entered["video"] if entered["source"] == "upload" else "",
            video_url=entered["video_url"] if entered["source"] == "url" else "",
            **{name: entered[name] for name in names},
        )

    def more(self, form: Any, plan: Plan | None) -> dict[str, Any]:
        """Return the file that is there, and the course."""
        row = self.row
        return {"kept": bool(row and form and form["video"].value() == row.video.name), "chapter": row}

    def done(self, record: OperationRecord) -> str:
        """Return the course; a new chapter without a video goes on with its quiz."""
        created = record.changes.filter(table=Chapter._meta.db_table, kind="create").first()
        if created and created.after and not (created.after["video"] or created.after["video_url"]):
            return reverse("console:edit_quiz", args=[created.row_id])
        return self.after


def given(row: Chapter) -> dict[str, Any]:
    """Return what the form starts with."""
    names = ("title", "required", "video_url", "captions", "captions_language")
    source = "upload" if row.video else "url" if row.video_url else "none"
    return {**{name: getattr(row, name) for name in names}, "video": row.video.name, "source": source}
