"""A web process once it is ready for its first request."""

import subprocess
import sys

from django.conf import settings

ASK = "import gc, config.wsgi; print(gc.get_freeze_count())"


def test_what_is_loaded_is_not_looked_at_again() -> None:
    asked = subprocess.run(
        [sys.executable, "-c", ASK], cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=120
    )
    assert int(asked.stdout) > 100_000  # all of Django and ours
