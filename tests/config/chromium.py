"""Finds a Chromium for the browser tests; run as a program it installs one where the distribution can."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "The browser tests need Chromium and found none. Install the package `chromium` of your distribution "
    "(Debian: `apt-get install chromium`) or name the program in the variable CHROMIUM."
)


def find() -> str | None:
    """The program named in CHROMIUM, else the first one on PATH."""
    given = os.environ.get("CHROMIUM")
    return shutil.which(given) if given else next(filter(None, map(shutil.which, NAMES)), None)


def find_or_fail() -> str:
    found = find()
    if found is None:
        raise RuntimeError(MISSING)
    return found


def install() -> None:
    """Only root may, and only apt-get is known to carry it under this name."""
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or apt is None:
        raise SystemExit(MISSING)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in ([apt, "update"], [apt, "install", "-y", "--no-install-recommends", "chromium"]):
        if subprocess.run(command, env=environment, check=False).returncode != 0:
            raise SystemExit(f"`{' '.join(command)}` failed. {MISSING}")


if __name__ == "__main__":
    if find() is None and not os.environ.get("CHROMIUM"):
        install()
    sys.exit(0 if find() else MISSING)
