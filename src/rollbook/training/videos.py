"""Uploaded videos: which files are videos that browsers play, and where they are kept."""

from django.core.files import File

from rollbook.common.ids import random_code
from rollbook.training.catalogue import Chapter

HEAD = 4096
CONTENT_TYPES = {"mp4": "video/mp4", "webm": "video/webm"}
NO_VIDEO = "This file is neither MP4 nor WebM, whatever its name says. Save the video as MP4 (H.264) or WebM, and upload that."


def video_kind(head: bytes) -> str | None:
    """Return "mp4", "webm" or None by a file's first bytes; its name and what the browser says count for nothing.

    Source: WHATWG MIME Sniffing Standard, 6.2.1 (MP4) and 6.2.2 (WebM). QuickTime and Matroska are neither.
    """
    if head[4:8] == b"ftyp":
        size = int.from_bytes(head[:4])
        brands = {head[8:12], *(head[at : at + 4] for at in range(16, min(size, len(head)), 4))}
        return "mp4" if any(brand[:3] == b"mp4" for brand in brands) else None
    # The document type is an element of the header (0x4282, its length, its text), near the start.
    if head[:4] == b"\x1a\x45\xdf\xa3" and b"\x42\x82\x84webm" in head[:64]:
        return "webm"
    return None


def keep_video(file: "File[bytes]") -> str | None:
    """Store an uploaded video under a random name and return that, or None where the file is no video.

    It stays there whatever becomes of the chapter, so that every change of it can be undone.
    """
    kind = video_kind(file.read(HEAD))
    file.seek(0)
    if kind is None:
        return None
    storage = Chapter._meta.get_field("video").storage
    return str(storage.save(f"videos/{random_code(26)}.{kind}", file))
