"""The folder of one machine: its settings, its releases side by side, and which of them is served.

settings.env   KEY=VALUE lines, for all releases; mode 600
data/          DATA_DIR
current        a link to the release that is served, `previous` to the one before
logs/          what programs print, a file each
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

MARK = "MARKETING_SITE"  # set for each program; one that carries it with our folder is ours
STATIC = ".static"  # a release's static files, inside it


class Failed(Exception):
    """A step that did not work, in words for whoever deploys. What was served is served on."""


@dataclass(frozen=True)
class Site:
    folder: Path

    @property
    def control(self) -> Path:
        return self.folder / "control.sock"

    def settings(self) -> dict[str, str]:
        lines = (self.folder / "settings.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))

    def environ(self, release: Path) -> dict[str, str]:
        """What a program of a release sees."""
        ours = {"DATA_DIR": str(self.folder / "data"), "STATIC_ROOT": str(release / STATIC), MARK: str(self.folder)}
        return {**os.environ, **self.settings(), **ours}

    def manage(self, release: Path, *words: str, **variables: str) -> str:
        """Run a command of that release; what it printed. Raises Failed with its last lines."""
        done = subprocess.run(
            [python(release), "manage.py", *words],
            cwd=release,
            env=self.environ(release) | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Failed(f"manage.py {' '.join(words)} failed:\n" + "\n".join(done.stdout.splitlines()[-15:]))
        return done.stdout

    def release(self, link: str) -> Path | None:
        """What `current` or `previous` leads to."""
        path = self.folder / link
        return path.resolve() if path.exists() else None

    def point(self, link: str, release: Path) -> None:
        """In one step, so that whoever looks finds one or the other."""
        fresh = self.folder / f"{link}.new"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(release)
        fresh.replace(self.folder / link)

    def keep_static(self, served: Path, release: Path) -> None:
        """Pages that were opened before ask for the files of their time: those of both releases are there.

        Names carry a hash of the content, so the same name is the same file. `staticfiles.json` is each release's own.
        """
        for path in (served / STATIC).rglob("*"):
            twin = release / STATIC / path.relative_to(served / STATIC)
            if path.is_file() and not twin.exists():
                twin.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, twin)


def python(release: Path) -> str:
    return str(release / ".venv" / "bin" / "python")


def accepted(folder: str) -> Path:
    """A folder that can be a release. Raises Failed."""
    release = Path(folder).resolve()
    for needed in ("manage.py", ".venv/bin/python"):
        if not (release / needed).exists():
            raise Failed(f"{release} is no release: it has no {needed}")
    return release
