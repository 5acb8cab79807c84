"""Whether a part of the catalogue may be as it is given: sentences about one value, or None where nothing is wrong."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import Model, QuerySet
from django.db.models.expressions import RawSQL

from rollbook.people.fields import NAME_LENGTH, text_problem
from rollbook.training.catalogue import Category, Chapter

ABOVE = """
WITH RECURSIVE above(id, parent_id) AS (
  SELECT id, parent_id FROM rollbook_category WHERE id = %s
  UNION SELECT c.id, c.parent_id FROM rollbook_category c JOIN above a ON c.id = a.parent_id
) SELECT id FROM above
"""
DESCRIPTION_LENGTH, URL_LENGTH, CAPTIONS_LENGTH, MOST_DAYS, MOST_LEVEL = 4000, 500, 500_000, 32767, 5
VIDEO = re.compile(r"videos/[0-9A-Z]{26}\.(mp4|webm)")
LANGUAGE = re.compile(r"(?=.{2,10}\Z)[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
# https://www.w3.org/TR/webvtt1/#file-structure: the first line, and the line of times that begins each cue.
WEBVTT = re.compile(r"WEBVTT([ \t][^\n]*)?\n")
TIME = r"(\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3}"
CUE = re.compile(rf"^{TIME}[ \t]+-->[ \t]+{TIME}", re.MULTILINE)


def categories_above(category_id: int | None) -> "QuerySet[Category]":
    """Return a category and all above it, in no order; none for None."""
    above = RawSQL(ABOVE, [category_id])  # noqa: S611  # the SQL is constant
    return Category.objects.filter(pk__in=above)


def name_problem(name: str, what: str, same: "QuerySet[Any]") -> str | None:
    """Say what is wrong with a tidied name that people call `what`; `same` are other rows that have it already."""
    if problem := text_problem(name, what, longest=NAME_LENGTH):
        return problem
    if same.exists():
        return f"There is another {same.model._meta.verbose_name} “{name}” at this place. Give another name."
    return None


def missing_problem(model: type[Model], ids: tuple[int, ...]) -> str | None:
    """Say which of the ids are no rows of the model."""
    known = set(model._base_manager.filter(pk__in=ids).values_list("pk", flat=True))
    missing = [f"#{number}" for number in sorted(set(ids) - known)]
    kind = model._meta.verbose_name
    return f"There is no {kind} {' or '.join(missing)}. Check the number." if missing else None


def days_problem(days: int | None, what: str) -> str | None:
    """Say what is wrong with a number of days; none at all is fine."""
    if days is None or 1 <= days <= MOST_DAYS:
        return None
    return f"{what} is a number of days from 1 to {MOST_DAYS:,}. Leave it empty for no end."


def url_problem(url: str) -> str | None:
    """Say what is wrong with the address of a video; none is fine."""
    if not url:
        return None
    try:
        URLValidator(schemes=["https"])(url)
    except ValidationError:
        return f"“{url}” is not the address of a video. Give one that begins with https://."
    return f"The address is above {URL_LENGTH} characters. Shorten it." if len(url) > URL_LENGTH else None


def video_problem(video: str) -> str | None:
    """Say what is wrong with the name of an uploaded file; none is fine."""
    if not video or (VIDEO.fullmatch(video) and Chapter._meta.get_field("video").storage.exists(video)):
        return None
    return "The uploaded video is no longer there. Upload it again."


def captions_problem(captions: str) -> str | None:
    """Say what is wrong with captions, whose lines end with a line feed; none is fine."""
    if not captions:
        return None
    if len(captions) > CAPTIONS_LENGTH:
        return f"The captions have {len(captions):,} characters; {CAPTIONS_LENGTH:,} is the most."
    if "\x00" in captions:
        return "The captions have a character that cannot be stored (U+0000). Save the file as UTF-8 text."
    if not WEBVTT.match(captions + "\n"):
        return "Captions in the WebVTT format begin with a line “WEBVTT”. Check the file."
    if not CUE.search(captions):
        return "The captions have no line of times such as “00:01.000 --> 00:04.000”. Check the file."
    return None


def language_problem(language: str) -> str | None:
    """Say what is wrong with the code of the captions' language (BCP 47)."""
    if LANGUAGE.fullmatch(language):
        return None
    return f"“{language}” is not the code of a language. Give one like en or pt-BR."
