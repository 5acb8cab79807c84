"""PDF documents, set by typst from a template beside this file."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import typst

HERE = Path(__file__).parent


def pdf_of(template: str, values: dict[str, Any]) -> bytes:
    """Return the PDF that `template` ("certificate.typ") makes of `values` (anything JSON can hold).

    Values are data to typst, never markup. Latin, Greek, Cyrillic, Hebrew, Arabic and more are set with the fonts that
    come with typst and those of the machine; a letter that no font has shows as an empty box.
    """
    made = typst.compile(
        (HERE / template).read_bytes(), font_paths=_fonts(), sys_inputs={"values": json.dumps(values)}
    )
    if not isinstance(made, bytes):
        raise TypeError(f"{template} made several files instead of one PDF.")
    return made


@cache
def _fonts() -> typst.Fonts:
    # Looking for the machine's fonts takes longer than setting a page.
    return typst.Fonts(include_system_fonts=True)
