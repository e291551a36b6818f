"""Load over plain sockets: a steady one whose latency counts from when a request was due, one as fast as it goes."""

import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

WELL = (200, 202)
ENOUGH = 64  # connections of the steady load: more than it can have waiting within a second


@dataclass
class Client:
    """One connection that is kept open."""

    port: int
    key: str
    connection: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self._connect()

    def _connect(self) -> None:
        self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path: str) -> tuple[int, bytes]:
        """The status and the body."""
        return self._ask(f"GET {path} HTTP/1.1", {}, b"")

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """JSON, with these headers besides; the status and the answer's body."""
        about = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        return self._ask(f"POST {path} HTTP/1.1", {**about, **headers}, body)

    def _ask(self, begins: str, headers: Mapping[str, str], content: bytes) -> tuple[int, bytes]:
        given = {"Host": "127.0.0.1", "Authorization": f"Api-Key {self.key}", **headers}
        lines = (begins, *(f"{name}: {text}" for name, text in given.items()), "", "")
        self.connection.sendall("\r\n".join(lines).encode() + content)
        told, _, body = self._until(b"", lambda data: b"\r\n\r\n" in data).partition(b"\r\n\r\n")
        length = int(told.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        return int(told[9:12]), self._until(body, lambda data: len(data) >= length)

    def _until(self, data: bytes, enough: Callable[[bytes], bool]) -> bytes:
        parts = data
        while not enough(parts):
            more = self.connection.recv(1 << 18)
            if not more:
                raise ConnectionError("the server has closed the connection")
            parts += more
        return parts

    def close(self) -> None:
        self.connection.close()


@dataclass(frozen=True)
class Latencies:
    """In seconds, sorted; `failed` = answers other than those that all is well."""

    seconds: tuple[float, ...]
    failed: int

    def percentile(self, share: float) -> float:
        return self.seconds[min(len(self.seconds) - 1, int(len(self.seconds) * share))]

    @property
    def row(self) -> str:
        p50, p95, p99 = (1000 * self.percentile(share) for share in (0.50, 0.95, 0.99))
        return f"{p50:.1f} | {p95:.1f} | {p99:.1f} | {len(self.seconds)} | {self.failed}"


def steady(port: int, key: str, paths: Sequence[str], rate: float, seconds: float) -> Latencies:
    """`rate` requests a second whatever the server does. One that starts late for want of a free connection has
    waited all the same: so a server that stalls is not asked less.
    """
    return on_time(port, key, lambda client, number: client.get(paths[number % len(paths)])[0], rate, seconds)


def on_time(port: int, key: str, call: Callable[[Client, int], int], rate: float, seconds: float) -> Latencies:
    """`steady` for any `call`: of a client and the number of the call, its status."""
    begin, total, numbers = time.perf_counter() + 0.2, round(rate * seconds), count()

    def run(client: Client, found: list[tuple[float, int]]) -> None:
        while (number := next(numbers)) < total:
            due = begin + number / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            status = call(client, number)
            found.append((time.perf_counter() - due, status))

    return _latencies(_together(port, key, ENOUGH, run))


def one_after_another(port: int, key: str, paths: Sequence[str], clients: int) -> Latencies:
    """Every path once, by so many clients."""
    numbers = count()

    def run(client: Client, found: list[tuple[float, int]]) -> None:
        while (number := next(numbers)) < len(paths):
            started = time.perf_counter()
            status, _ = client.get(paths[number])
            found.append((time.perf_counter() - started, status))

    return _latencies(_together(port, key, clients, run))


def throughput(port: int, key: str, path: str, clients: int, seconds: float) -> float:
    """Answers a second to so many clients, each of which asks again at once."""
    end = time.perf_counter() + seconds

    def run(client: Client, found: list[tuple[float, int]]) -> None:
        while time.perf_counter() < end:
            status, _ = client.get(path)
            assert status == 200, status
            found.append((0, status))

    started = time.perf_counter()
    found = _together(port, key, clients, run)
    return len(found) / (time.perf_counter() - started)


def all_at_once(port: int, key: str, path: str, clients: int) -> Latencies:
    """One request of each of so many clients in the same moment."""
    barrier = threading.Barrier(clients)

    def run(client: Client, found: list[tuple[float, int]]) -> None:
        barrier.wait()
        started = time.perf_counter()
        status, _ = client.get(path)
        found.append((time.perf_counter() - started, status))

    return _latencies(_together(port, key, clients, run))


def _together(
    port: int, key: str, clients: int, run: Callable[[Client, list[tuple[float, int]]], None]
) -> list[tuple[float, int]]:
    found: list[list[tuple[float, int]]] = [[] for _ in range(clients)]
    connections = [Client(port, key) for _ in range(clients)]
    threads = [threading.Thread(target=run, args=pair) for pair in zip(connections, found, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for connection in connections:
        connection.close()
    return [each for part in found for each in part]


def _latencies(found: list[tuple[float, int]]) -> Latencies:
    return Latencies(tuple(sorted(seconds for seconds, _ in found)), sum(status not in WELL for _, status in found))
