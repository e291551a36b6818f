"""A process that is killed in the middle of what it does."""

import signal
import subprocess
import time
from collections.abc import Callable

from django.db import OperationalError, connection

SLICE = 0.005  # seconds that it runs between two looks
LONGEST = 300


def kill_once_past(process: "subprocess.Popen[bytes]", done: Callable[[], int], mark: int) -> None:
    """It stands still while it is looked at, so that on a busy machine, too, it is not over before it is killed."""
    end = time.monotonic() + LONGEST
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
        while not _past(done, mark) and process.poll() is None and time.monotonic() < end:
            process.send_signal(signal.SIGCONT)
            time.sleep(SLICE)
            process.send_signal(signal.SIGSTOP)
        cursor.execute("RESET lock_timeout")
    assert process.poll() is None, "it ended before it could be killed"
    process.kill()
    process.wait()


def _past(done: Callable[[], int], mark: int) -> bool:
    try:
        return done() > mark
    except OperationalError:  # it holds what is to be looked at
        return False
