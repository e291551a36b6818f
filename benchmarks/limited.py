"""Limits that the kernel holds: a program that takes more memory than its own, page cache included, is killed.

The groups are those of cgroup v1, which root alone makes. A program is in its group before it begins, with all that it
starts; `python -m benchmarks.limited FOLDER` is `manage.py serve` with each program in the group of its name in FOLDER.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path("/sys/fs/cgroup/memory")
PROGRAMS = ("web", "beat", "worker", "fold")
JOINING = ("sh", "-c", 'echo $$ > "$0" && exec "$@"')


@dataclass(frozen=True, slots=True)
class Group:
    """A program with all that it starts. Bytes, and how often it was at its limit, or killed for it."""

    name: str
    folder: Path

    @property
    def most(self) -> int:
        return int((self.folder / "memory.max_usage_in_bytes").read_text())

    @property
    def at_limit(self) -> int:
        """How often something was to be given up, mostly pages of files, before more was given out."""
        return int((self.folder / "memory.failcnt").read_text())

    @property
    def killed(self) -> int:
        said = dict(line.split() for line in (self.folder / "memory.oom_control").read_text().splitlines())
        return int(said["oom_kill"])


@contextmanager
def limits(name: str, most: int) -> Iterator[list[Group]]:
    """A group of at most so many bytes for each program; none where no such group can be made, or of 0 bytes."""
    folder = ROOT / name
    try:
        if most:
            folder.mkdir()
    except OSError:
        most = 0
    if not most:
        yield []
        return
    groups = [Group(program, folder / program) for program in PROGRAMS]
    try:
        for group in groups:
            group.folder.mkdir()
            (group.folder / "memory.limit_in_bytes").write_text(str(most))
        yield groups
    finally:
        for path in (*(group.folder for group in groups), folder):
            with suppress(FileNotFoundError):
                path.rmdir()


def serve(folder: Path, *arguments: str) -> None:
    import django

    django.setup()
    from config.management.commands.serve import Command

    class Limited(Command):
        def watch(self, programs: Any, *rest: Any) -> None:
            joining = [(*JOINING, str(folder / program.name / "cgroup.procs")) for program in programs]
            limited = [
                replace(program, command=(*join, *program.command))
                for join, program in zip(joining, programs, strict=True)
            ]
            super().watch(tuple(limited), *rest)

    Limited().run_from_argv(["manage.py", "serve", *arguments])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    serve(Path(sys.argv[1]), *sys.argv[2:])
