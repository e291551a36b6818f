"""A mail server of the tests' own, on a real socket: keeps what it is sent, or refuses it."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_string
from email.message import Message


@dataclass
class Post:
    """`refuses` is said to every sender instead of taking the mail, `nobody` of these receivers."""

    port: int = 0
    refuses: str = ""
    nobody: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[list[str], Message]] = field(default_factory=list)


class Session(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs that sends."""

    post: Post

    def handle(self) -> None:
        self.say("220 test")
        receivers: list[str] = []
        while line := self.rfile.readline().decode().strip():
            verb, receiver = line.partition(" ")[0].upper(), line.partition("<")[2].rstrip(">")
            if verb == "MAIL":
                receivers = []
                self.say(self.post.refuses or "250 test")
            elif verb == "RCPT":
                receivers.append(receiver)
                self.say(self.post.nobody.get(receiver, "250 test"))
            elif verb == "DATA":
                self.say("354 go on")
                self.post.taken.append((receivers, message_from_string(self.text())))
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 test")

    def text(self) -> str:
        lines = iter(lambda: self.rfile.readline().decode(), ".\r\n")
        return "".join(lines)

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def server() -> Iterator[Post]:
    post = Post()
    handler = type("OwnSession", (Session,), {"post": post})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as listening:
        listening.daemon_threads = True
        post.port = listening.server_address[1]
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield post
        finally:
            listening.shutdown()
            thread.join()
