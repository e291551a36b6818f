"""Steady requests over real sockets while releases change: on connections that are kept, and each on one of its own."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Load:
    """`failed` are requests that got no answer or one other than 200; a kept connection that the server has ended with
    `Connection: close` is opened anew, as every client does, one that broke is a failure.
    """

    port: int
    path: str
    headers: dict[str, str]
    marker: str
    answered: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    slowest: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)

    def keeping(self, pause: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not self.over.is_set():
            self._ask(connection)
            time.sleep(pause)
        connection.close()

    def opening(self, pause: float) -> None:
        while not self.over.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            self._ask(connection)
            connection.close()
            time.sleep(pause)

    def _ask(self, connection: http.client.HTTPConnection) -> None:
        began = time.monotonic()
        try:
            connection.request("GET", self.path, headers=self.headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                self.failed.append(f"{answer.status}")
            self.answered[answer.getheader(self.marker, "")] += 1
        except (OSError, http.client.HTTPException) as error:
            self.failed.append(f"{type(error).__name__}: {error}")
            connection.close()
        self.slowest = max(self.slowest, time.monotonic() - began)


@contextmanager
def steady(
    port: int, path: str, headers: dict[str, str], marker: str, *, kept: int = 2, opened: int = 2, pause: float = 0.2
) -> Iterator[Load]:
    """About (kept + opened) / pause requests a second, until the block ends."""
    load = Load(port, path, headers, marker)
    acts = [load.keeping] * kept + [load.opening] * opened
    threads = [threading.Thread(target=act, args=(pause,)) for act in acts]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.over.set()
        for thread in threads:
            thread.join()
