"""Servers on loopback that behave as they are told, for tests of what this system calls."""

import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Server:
    """What came in, one text for each connection, and the names that were asked for by TLS."""

    address: str
    port: int
    seen: list[bytes] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)


def request_of(peer: socket.socket) -> bytes:
    """Head and body, as the length says, if any."""
    text = b""
    while b"\r\n\r\n" not in text:
        text += peer.recv(65_536)
    head, _, body = text.partition(b"\r\n\r\n")
    lengths = (line[16:] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length: "))
    length = int(next(lengths, b"0"))
    while len(body) < length:
        body += peer.recv(65_536)
    return head + b"\r\n\r\n" + body


def answering(text: bytes) -> Callable[[socket.socket, Server], None]:
    def answer(peer: socket.socket, server: Server) -> None:
        server.seen.append(request_of(peer))
        peer.sendall(text)

    return answer


@contextlib.contextmanager
def serving(
    answer: Callable[[socket.socket, Server], None],
    address: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Server]:
    """A server that lets `answer` have each connection; it ends with the block."""
    with socket.create_server((address, port)) as listening:
        server = Server(address, listening.getsockname()[1])
        if tls:
            tls.sni_callback = lambda _peer, name, _context: server.names.append(name)

        def serve() -> None:
            with contextlib.suppress(OSError, StopIteration):
                while True:
                    peer, _ = listening.accept()
                    threading.Thread(target=one, args=(peer,), daemon=True).start()

        def one(peer: socket.socket) -> None:
            with contextlib.suppress(OSError), tls.wrap_socket(peer, server_side=True) if tls else peer as line:
                answer(line, server)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)


def certified(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS for that name, and the file of whom to trust for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, trusted = folder / f"{name}.pem", folder / f"{name}.crt"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    file.write_bytes(private + trusted.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, trusted
