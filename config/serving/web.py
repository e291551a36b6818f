"""The web server: granian, on a port of its own or on a socket that somebody else holds and hands on.

Who hands one on (systemd, deploy/release.py) says so as systemd does: LISTEN_FDS=1, the socket is descriptor 3. All web
processes of all releases then take connections out of one queue, which outlives each of them, so that none is refused
while they change. SIGUSR1 tells the server to leave (`config.serving.leaving`), before SIGTERM ends it.
"""

import os
import signal
import socket
from contextlib import suppress
from typing import Any

from granian import cli
from granian._granian import SocketHolder
from granian.server.mp import MPServer

from config.serving import leaving

BACKLOG = 1024


class Polite(MPServer):
    """Granian that passes on that it is to leave, and takes a socket that is there already."""

    def _init_shared_socket(self) -> None:
        signal.signal(signal.SIGUSR1, self._tell_workers)
        if leaving.handed():
            self._take_socket()
        else:
            super()._init_shared_socket()

    def _take_socket(self) -> None:
        given = socket.socket(fileno=leaving.SOCKET)
        given.setblocking(False)
        given.detach()
        self._ssp, self._sso = None, None
        holder = SocketHolder(leaving.SOCKET, False, BACKLOG)  # type: ignore[call-arg]
        self._sfd, self._shd = leaving.SOCKET, holder  # type: ignore[assignment]

    def _tell_workers(self, number: int, _frame: Any) -> None:
        for worker in self.wrks:
            with suppress(ProcessLookupError, TypeError):  # one that has ended, or is just being started
                os.kill(worker._id(), number)


def main() -> None:
    cli.Server = Polite  # type: ignore[attr-defined]
    cli.entrypoint()


if __name__ == "__main__":
    main()
