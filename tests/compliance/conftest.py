"""What several tests of this app stand on."""

import socket
import threading
from typing import Any

import pytest


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """No socket of this thread connects; where they would have."""
    tried: list[Any] = []
    ours, as_ever = threading.get_ident(), socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if threading.get_ident() != ours:  # a thread of an earlier test that looks for its Redis again
            return as_ever(self, address)
        tried.append(address)
        raise ConnectionRefusedError("nobody is called")

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried
