"""The release before this one: the commit in deploy/PREVIOUS, as far as this clone has it."""

import io
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from config import environment

ROOT = environment.ROOT
COMMIT = (ROOT / "deploy/PREVIOUS").read_text().strip()


def _git(*words: str) -> bytes:
    if not shutil.which("git"):
        pytest.skip("there is no git, which has the release before")
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"this clone has no commit {COMMIT[:12]}, the release before: {done.stderr.decode().strip()}")
    return done.stdout


def check_out(folder: Path) -> Path:
    """Its code, on this virtual environment."""
    with tarfile.open(fileobj=io.BytesIO(_git("archive", COMMIT))) as archive:
        archive.extractall(folder, filter="data")
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


def migrations() -> set[tuple[str, str]]:
    """App and name of each that it has."""
    paths = map(Path, _git("ls-tree", "-r", "--name-only", COMMIT).decode().split("\n"))
    return {
        (path.parts[0], path.stem)
        for path in paths
        if path.suffix == ".py" and path.parts[1:-1] == ("migrations",) and path.stem != "__init__"
    }
