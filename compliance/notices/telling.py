"""What there is to tell people, and to whom: a row for each channel that wants it, in the transaction of its cause."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.text import Truncator

from ..log_masks import masked
from ..models import Notice
from . import channels
from .topics import BY_NAME

LONGEST_KEY, LONGEST_TITLE, LONGEST_TEXT, LONGEST_PATH = 300, 200, 4_000, 500


@dataclass(frozen=True, slots=True)
class Message:
    """`about` is what a channel subscribes to; `key` names the cause, which each channel is told once.

    `path` is the page within the portal that says more, from its first slash. Nobody whom campaigns reach is named:
    what looks like an address or a phone number is hidden.
    """

    about: str
    key: str
    title: str
    text: str
    path: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError for a topic that there is not, and for a key or path that cannot be one."""
        if self.about not in BY_NAME:
            raise ValueError(f"no channel subscribes to {self.about!r}; choose from {', '.join(BY_NAME)}")
        if not 0 < len(self.key) <= LONGEST_KEY:
            raise ValueError(f"a key has 1 to {LONGEST_KEY} characters")
        if self.path and (self.path[0] != "/" or self.path[:2] == "//" or len(self.path) > LONGEST_PATH):
            raise ValueError("a path begins with one slash, and is short")


def tell(message: Message, at: datetime) -> int:
    """Write it down for every channel that wants it, to be sent by the job once the transaction ends; how many."""
    wanting = channels.wanting(message.about, at)
    told = set(Notice.objects.filter(channel__in=wanting, key=message.key).values_list("channel_id", flat=True))
    rows = [
        Notice(
            channel=channel,
            channel_name=channel.name,
            about=message.about,
            key=message.key,
            title=_shown(" ".join(message.title.split()), LONGEST_TITLE),
            text=_shown(message.text, LONGEST_TEXT),
            path=message.path,
            told_at=at,
            due_at=at,
        )
        for channel in wanting
        if channel.pk not in told
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)  # somebody else may tell the same at this moment
    return len(rows)


def _shown(text: str, longest: int) -> str:
    return Truncator(masked(text.replace("\0", ""))).chars(longest)
