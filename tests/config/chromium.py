"""Finds a Chromium for the browser tests; run as a program it installs one where the distribution can."""

import os
import shutil
import sys

from tests.config import debian

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


if __name__ == "__main__":
    if find() is None and not os.environ.get("CHROMIUM") and (problem := debian.install("chromium")):
        sys.exit(f"{MISSING} ({problem})")
    sys.exit(0 if find() else MISSING)
