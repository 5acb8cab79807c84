"""The embedded PostgreSQL: one private server in one folder, for the demo, the tests and small installations.

It listens on a socket in a private folder and never on the network, asks for a random password, runs as an
unprivileged account when root starts it, and ends with us. `DATABASE_URL` replaces it.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from rollbook.project.children import ending_with_us, working_in
from rollbook.project.postgres_binaries import Binaries, find_binaries
from rollbook.project.postgres_server import (
    Account,
    DatabaseServerError,
    initialise,
    short_socket_folder,
    start_server,
)

NAME = "rollbook"
PORT = 5432
LARGEST_LOG = 5_000_000
LONGEST_START = 600
LONGEST_STOP = 60
# A test database need not survive a power cut. Most of what tests write is rolled back: an autovacuum that came by
# between two of them would take every table to be empty, and plan for minutes what takes milliseconds.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


class EmbeddedPostgres:
    """A running server while inside `with`; `dsn` connects to its database as the unprivileged role that owns it.

    `fast` is for data that nobody will miss; `programs` is the folder of PostgreSQL's programs, where it is not to be
    the first that `find_binaries` finds.
    """

    def __init__(self, data_dir: Path, *, fast: bool = False, programs: Path | None = None) -> None:
        self.data_dir = data_dir.absolute()
        self._fast = fast
        self._programs = programs
        self._cluster = self.data_dir / "postgres"
        self._sockets = self.data_dir / "run"
        self._log = self.data_dir / "postgres.log"
        self._password_file = self.data_dir / "postgres.password"
        self._process: subprocess.Popen[bytes] | None = None
        self._account: Account | None = None
        self._open = contextlib.ExitStack()

    @property
    def dsn(self) -> str:
        """Return the address as a URL (the form of psycopg and libpq), with the password."""
        return self._address(NAME, NAME)

    def _address(self, role: str, database: str) -> str:
        host = quote(str(self._sockets), safe="")
        return f"postgresql://{role}:{self._password_file.read_text()}@/{database}?host={host}&port={PORT}"

    def __enter__(self) -> Self:
        try:
            self._start()
        except OSError as error:
            self.stop()
            raise DatabaseServerError(
                f"The data folder {self.data_dir} cannot be used: {error.strerror} ({error.filename}). Let this account"
                " read and write it, or name another folder."
            ) from error
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop the server, cutting open connections, and wait until it has gone."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(self._stop_signal)
            self._process.wait()
        self._process = None
        self._open.close()

    @property
    def _stop_signal(self) -> signal.Signals:
        """Return PostgreSQL's "fast" stop, or the "immediate" one for data that nobody will miss."""
        return signal.SIGQUIT if self._fast else signal.SIGINT

    def _start(self) -> None:
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock()
        if os.geteuid() == 0:
            self._account = Account.of_owner(self._cluster) or Account.to_choose()
        binaries = find_binaries(self._major_of_data(), self._programs)
        if self._account:
            binaries = binaries.reachable_by(self._account)
        self._stop_what_was_left()
        if not self._cluster.exists():
            self._create(binaries)
        shutil.rmtree(self._sockets, ignore_errors=True)  # with the lock of a server that was killed
        self._sockets.mkdir(mode=0o700)
        if self._account:
            self._account.own(self._sockets)
        server_sockets = self._sockets
        self._sockets = self._open.enter_context(short_socket_folder(self._sockets, PORT))
        if self._log.exists() and self._log.stat().st_size > LARGEST_LOG:
            self._log.unlink()
        begun = self._log.stat().st_size if self._log.exists() else 0
        self._process = start_server(
            binaries.folder,
            self._cluster,
            server_sockets,
            log=self._log,
            settings={"port": str(PORT)} | (FAST if self._fast else {}),
            account=self._account,
            before_program=ending_with_us(self._stop_signal),
        )
        with self._connected(begun) as connection:
            self._prepare(connection)

    def _lock(self) -> None:
        """Hold the data folder for us alone; the lock goes with our process, however that ends."""
        lock = self._open.enter_context((self.data_dir / "lock").open("a+"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatabaseServerError(
                f"The data folder {self.data_dir} is in use by another Rollbook that is running: stop that one first."
            ) from None

    def _major_of_data(self) -> int | None:
        if not self._cluster.exists():
            return None
        version = self._cluster / "PG_VERSION"
        if not version.exists() or not self._password_file.exists():
            missing = self._password_file if version.exists() else version
            raise DatabaseServerError(
                f"The data folder {self.data_dir} is broken: {missing.relative_to(self.data_dir)} is missing. Put it"
                " back from a copy, or remove the whole folder to start with an empty register."
            )
        return int(version.read_text())

    def _stop_what_was_left(self) -> None:
        """Stop a server that outlived the Rollbook that started it, and wait for all of its processes.

        PostgreSQL clears the file of a dead server away by itself, unless a process of that number is there; it may be
        a dead one that nobody has buried (in containers), or a stranger.
        """
        pid_file = self._cluster / "postmaster.pid"
        if sys.platform != "linux" or not pid_file.exists():
            return
        postmaster = int(pid_file.read_text().split("\n")[0] or 0)
        deadline = time.monotonic() + LONGEST_STOP
        asked = False
        while left := working_in(self._cluster, "postgres"):
            if postmaster in left and not asked:
                os.kill(postmaster, signal.SIGINT)
                asked = True
            if time.monotonic() > deadline:
                raise DatabaseServerError(
                    f"An earlier database server still runs in {self._cluster} (process {left[0]}) and does not end:"
                    " end it, then start again."
                )
            time.sleep(0.05)
        pid_file.unlink(missing_ok=True)

    def _create(self, binaries: Binaries) -> None:
        """Make the cluster beside its place and move it there when it is whole."""
        unfinished = self.data_dir / "postgres.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._password_file.unlink(missing_ok=True)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_urlsafe(24))
        if self._account:
            self._account.own(unfinished)
            self._account.own(self._password_file)
        initialise(
            binaries.folder,
            unfinished,
            self._password_file,
            self._account,
            major=binaries.major,
            sync=not self._fast,
        )
        unfinished.rename(self._cluster)

    def _connected(self, begun: int) -> "psycopg.Connection[tuple[object, ...]]":
        """Return a connection as superuser as soon as the server takes one; it may have to recover from a crash."""
        deadline = time.monotonic() + LONGEST_START
        while self._process and self._process.poll() is None:
            try:
                return psycopg.connect(self._address("postgres", "postgres"), autocommit=True)
            except psycopg.OperationalError as error:
                if "authentication failed" in str(error) or time.monotonic() > deadline:
                    raise DatabaseServerError(
                        f"The database server in {self.data_dir} does not let Rollbook in ({error}): put"
                        f" {self._password_file.name} back from a copy."
                    ) from error
            time.sleep(0.02)
        with self._log.open(errors="replace") as log:
            log.seek(begun)
            lines = [line for line in log if "FATAL" in line or "PANIC" in line or "could not" in line]
        why = lines[-1].split("] ", 1)[-1].strip() if lines else "it said nothing"
        raise DatabaseServerError(
            f"The database server did not start in {self._cluster} ({why}). Its whole story is in {self._log}; put the"
            " folder back from a copy, or remove the data folder to start with an empty register."
        )

    def _prepare(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        """Make the role and the database of Rollbook where they are missing. The role is no superuser."""
        role, password = sql.Identifier(NAME), sql.Literal(self._password_file.read_text())
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, password))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
        if self._fast:
            # Tests make databases of their own and empty guarded tables.
            connection.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(role))
            connection.execute(sql.SQL("GRANT SET ON PARAMETER session_replication_role TO {}").format(role))
