"""How a web process comes and goes so that nobody who asks notices.

Coming, it says as systemd would have it (NOTIFY_SOCKET) that it is ready, once everything is loaded. Told to leave by
SIGUSR1 it ends each connection with its next answer (`Connection: close`), whereupon the client opens another one, to
somebody who stays; and where others have its socket, too, it takes no more connections. Merely ended, it would hang up
on clients that are about to ask.
"""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

SOCKET = 3  # the first descriptor that systemd hands on
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def handed() -> bool:
    """Whether the listening socket was handed on to this process or its parent."""
    return os.environ.get("LISTEN_FDS") == "1"


def may_listen() -> bool:
    """Whether this is where signals arrive: `runserver` answers in another thread."""
    return threading.current_thread() is threading.main_thread()


def politely(application: Wsgi) -> Wsgi:
    """The application as it is, until this process is told to leave: then each answer is the last of its connection."""
    leaves = False

    def leave(_number: int, _frame: FrameType | None) -> None:
        nonlocal leaves
        leaves = True
        if handed():
            stop_accepting()

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        def begin(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start(status, [*headers, ("Connection", "close")] if leaves else headers, exc_info)

        return application(environ, begin)

    signal.signal(signal.SIGUSR1, leave)
    return answer


def stop_accepting() -> None:
    """Put a socket that nobody knows in the place of the one all share, wherever this process has it open.

    The server goes on asking the descriptor for connections, and there never are any. What waits is the others'.
    """
    decoy = socket.socket()
    decoy.setblocking(False)
    decoy.bind(("127.0.0.1", 0))
    decoy.listen()
    shared = os.fstat(SOCKET)
    for number in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
        try:
            if os.path.samestat(os.fstat(number), shared):
                os.dup2(decoy.fileno(), number)
        except OSError:  # the descriptor of the listing itself
            continue


def tell_ready() -> None:
    """To whoever wants to know when the first request can be answered."""
    if address := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notice:
            notice.sendto(b"READY=1", address.replace("@", "\0", 1) if address.startswith("@") else address)
