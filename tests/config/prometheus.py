"""Finds Prometheus's tools for tests of `deploy`, which are skipped without; run as a program it installs them.

Not where systemd runs, for there Debian's packages start services that everybody in the net can reach.
"""

import shutil
from pathlib import Path

from tests.config import debian

PROGRAMS = ("prometheus", "promtool", "prometheus-alertmanager", "amtool")
PACKAGES = ("prometheus", "prometheus-alertmanager")
MISSING = f"{' and '.join(PACKAGES)} are not installed (Debian: `apt-get install {' '.join(PACKAGES)}`)"


def missing() -> str:
    """Why tests with them are skipped; empty when all are there."""
    return "" if all(map(shutil.which, PROGRAMS)) else MISSING


def install() -> str:
    """Empty, or why not."""
    if Path("/run/systemd/system").is_dir():
        return "installing them would start services"
    return debian.install(*PACKAGES)


if __name__ == "__main__":
    if missing() and (problem := install()):
        print(f"Tests of deploy/prometheus will be skipped: {MISSING}; {problem}.")  # noqa: T201
