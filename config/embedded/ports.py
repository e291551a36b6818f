"""The ports of the embedded services, kept from start to start so that other processes find them."""

import json
import random
import socket
from pathlib import Path

from config import secrets

FILE_NAME = "ports.json"
# Below those that systems give to outgoing connections: one of these may sit on the port while its server is restarted.
CHOICE = range(20_000, 32_000)


def read(data_dir: Path, name: str) -> int:
    """The port last used by a service, 0 when it never ran."""
    return _all(data_dir).get(name, 0)


def choose(data_dir: Path, name: str) -> int:
    """The port used last time if it is still free, else one that is."""
    port = read(data_dir, name)
    if not port or not _is_free(port):
        port = _free()
        secrets.write_private(data_dir / FILE_NAME, json.dumps(_all(data_dir) | {name: port}))
    return port


def _all(data_dir: Path) -> dict[str, int]:
    try:
        return {str(name): int(port) for name, port in json.loads((data_dir / FILE_NAME).read_text()).items()}
    except (FileNotFoundError, ValueError):
        return {}


def _free() -> int:
    return next(port for port in random.sample(CHOICE, len(CHOICE)) if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
