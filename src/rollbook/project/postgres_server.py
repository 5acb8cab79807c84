"""Running PostgreSQL's own programs: initdb and postgres, as an unprivileged account when we are root."""

import contextlib
import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

# What the smallest system allows for the path of a socket (`sun_path`, less its closing zero byte).
LONGEST_SOCKET_PATH = 103
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    # The log holds nothing personal: no statements, no values of rows.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


class DatabaseServerError(Exception):
    """The database server cannot be started; the message names the thing, the reason and the remedy."""


@dataclass(frozen=True)
class Account:
    """The unprivileged account that the server runs as when root starts it (PostgreSQL refuses root)."""

    uid: int
    gid: int

    @classmethod
    def of_owner(cls, folder: Path) -> Self | None:
        """Return the account that owns the folder, or None where it is missing or root's."""
        if not folder.exists() or folder.stat().st_uid == 0:
            return None
        return cls(folder.stat().st_uid, folder.stat().st_gid)

    @classmethod
    def to_choose(cls) -> Self:
        """Return an account that every machine has, PostgreSQL's own first."""
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                return cls(entry.pw_uid, entry.pw_gid)
        raise DatabaseServerError(
            "The database server refuses to run as root, and this machine has neither an account 'postgres' nor"
            " 'nobody': start Rollbook as a plain user, or give it a database with DATABASE_URL."
        )

    def own(self, path: Path) -> None:
        """Give the file or folder to this account."""
        os.chown(path, self.uid, self.gid)


def initialise(
    folder: Path, cluster: Path, password: Path, account: Account | None, *, major: int, sync: bool
) -> None:
    """Make a cluster (UTF-8, sorted by code point, the same on every machine) in the empty folder."""
    provider = ["--locale-provider=builtin"] if major >= 17 else []
    with _seen_by_server(cluster, password) as (seen, descriptors):
        made = subprocess.run(
            [
                folder / "initdb",
                f"--pgdata={seen[0]}",
                f"--pwfile={seen[1]}",
                "--username=postgres",
                "--auth-local=scram-sha-256",
                "--auth-host=reject",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--lc-messages=C",
                *provider,
                *([] if sync else ["--no-sync"]),
            ],
            check=False,
            capture_output=True,
            text=True,
            **_as(account, descriptors),
        )
    if made.returncode:
        said = (made.stderr.strip() or "it said nothing").splitlines()
        raise DatabaseServerError(
            f"The database cannot be made in {cluster}: {said[-1]}. Check that the disk has room and that the folder"
            " can be written."
        )


def start_server(
    folder: Path,
    cluster: Path,
    sockets: Path,
    *,
    log: Path,
    settings: dict[str, str],
    account: Account | None,
    before_program: Callable[[], None],
) -> "subprocess.Popen[bytes]":
    """Start `postgres` in a session of its own: Ctrl-C is ours to pass on, when nobody needs the database any more."""
    with _seen_by_server(cluster, sockets) as (seen, descriptors), log.open("ab") as out:
        in_quotes = seen[1].replace('"', '""')
        options = SETTINGS | settings | {"unix_socket_directories": f'"{in_quotes}"'}
        return subprocess.Popen(
            [folder / "postgres", "-D", seen[0], *(f"-c{key}={value}" for key, value in options.items())],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=before_program,  # noqa: PLW1509 - it calls nothing that a thread could hold
            **_as(account, descriptors),
        )


@contextlib.contextmanager
def _seen_by_server(*paths: Path) -> Iterator[tuple[list[str], tuple[int, ...]]]:
    """Open the paths and name them by descriptor, so that the server needs no way through the folders above them.

    A checkout below /root stays private while another account serves its data, and no path is too long for a socket.
    Systems without /proc get the plain paths.
    """
    if sys.platform != "linux":
        yield [str(path) for path in paths], ()
        return
    with contextlib.ExitStack() as stack:
        descriptors = [os.open(path, os.O_RDONLY) for path in paths]
        for descriptor in descriptors:
            stack.callback(os.close, descriptor)
        yield [f"/proc/self/fd/{descriptor}" for descriptor in descriptors], tuple(descriptors)


def _as(account: Account | None, descriptors: tuple[int, ...]) -> dict[str, Any]:
    """Return the arguments of `subprocess` that every program of PostgreSQL is started with."""
    unprivileged = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    # A clean environment: PGDATA, PGPORT, LD_LIBRARY_PATH and the like of the caller are not for this server.
    return {
        "pass_fds": descriptors,
        "cwd": "/",
        "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
    } | unprivileged


@contextlib.contextmanager
def short_socket_folder(sockets: Path, port: int) -> Iterator[Path]:
    """Give the folder a name that is short enough for a socket's path: a link in a private temporary folder."""
    if len(os.fsencode(sockets / f".s.PGSQL.{port}")) <= LONGEST_SOCKET_PATH:
        yield sockets
        return
    with tempfile.TemporaryDirectory(prefix="rollbook-") as folder:
        link = Path(folder) / "run"
        link.symlink_to(sockets)
        yield link
