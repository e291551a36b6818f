"""What there is to tell people, and to whom: one row for each channel that wants it, in the transaction of its cause."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Message:
    """`about` is what a channel subscribes to; `key` names the cause, which each channel is told once.

    `path` is the page within the portal that says more, from its first slash. Nobody whom campaigns reach is named.
    """

    about: str
    key: str
    title: str
    text: str
    path: str = ""


def tell(message: Message, at: datetime) -> int:
    """Write it down for every channel that wants it, to be sent by the job once the transaction ends; how many.

    Raises ValueError for a topic that there is not, and for a text that names somebody.
    """
    raise NotImplementedError
