"""How a target is fuzzed: with examples to begin from, and words that are worth trying."""

import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NoReturn

import atheris

LONGEST = 4096


def fuzz(
    target: Callable[[bytes], None], examples: Iterable[bytes], words: Iterable[str], longest: int = LONGEST
) -> NoReturn:
    """Fuzz a target with the options of the command line, or show it one file that is named there. Does not return."""
    given = sys.argv[1:]
    if given and not given[0].startswith("-"):
        target(Path(given[0]).read_bytes())
        sys.exit(0)
    corpus = Path(tempfile.mkdtemp(prefix="corpus-"))
    for number, example in enumerate(examples):
        (corpus / str(number)).write_bytes(example)
    known = corpus.with_suffix(".dict")
    known.write_text("".join(f"{_quoted(word)}\n" for word in words))
    atheris.Setup([sys.argv[0], str(corpus), f"-dict={known}", f"-max_len={longest}", *given], target)
    atheris.Fuzz()
    sys.exit(0)


def _quoted(word: str) -> str:
    """Return a word as libFuzzer’s dictionaries have it."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in word.encode()) + '"'
