"""What an answer to a notice means: whether it arrived, and when it is tried again. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from random import Random

from .. import outbound
from ..log_masks import HIDDEN, masked

LONGEST_WAIT = timedelta(days=1)  # that a receiver may ask for
LONGEST_WORDS = 200
SHORTEST_SECRET = 6  # of the parts of a URL, what is longer is not said back
LATER = frozenset({408, 425, 429})  # the only ones of 4xx that say “not now”; the others say “not so”


@dataclass(frozen=True, slots=True)
class Said:
    """What came of one try: the status of the answer, what went wrong, whether that is the end, how long to wait."""

    status: int | None = None
    error: str = ""
    final: bool = False
    wait: timedelta = timedelta()

    @property
    def words(self) -> str:
        """For people: what came back."""
        if self.error:
            return self.error
        return f"Answered {self.status}." if self.status else "The mail server took it."


def of_answer(answer: outbound.Answer, url: str, at: datetime) -> Said:
    """2xx arrived. What is asked to be sent elsewhere, or is wrong as it is, does not become right by repeating it."""
    if answer.ok:
        return Said(answer.status)
    said = _words(answer, url)
    if 300 <= answer.status < 400:
        error = f"Answered {answer.status}: it is somewhere else, and nobody follows; write the address where it is."
        return Said(answer.status, error, final=True)
    final = answer.status < 500 and answer.status not in LATER
    wait = asked_wait(answer.headers.get("retry-after"), at)
    return Said(answer.status, f"Answered {answer.status}{said}", final, wait)


def asked_wait(given: str | None, at: datetime) -> timedelta:
    """The wait of a `Retry-After`, in seconds or as a date; none where there is none to be read."""
    try:
        text = (given or "").strip()
        seconds = int(text) if text.isdecimal() else (_moment(text) - at).total_seconds()
    except (ValueError, OverflowError):
        return timedelta()
    return timedelta(seconds=max(0, min(seconds, LONGEST_WAIT.total_seconds())))


def _moment(text: str) -> datetime:
    found = parsedate_to_datetime(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def next_try(said: Said, tries: int, at: datetime, rng: Random) -> datetime | None:
    """When to try again after so many tries; None for not at all."""
    pause = None if said.final else outbound.delay(tries, rng)
    return None if pause is None else at + max(timedelta(seconds=pause), said.wait)


def _words(answer: outbound.Answer, url: str) -> str:
    """The beginning of an answer, as far as it may be kept: receivers say back what they were sent."""
    text = " ".join(answer.body.decode(errors="replace").split())
    text = "".join(letter for letter in text if letter.isprintable())
    host = url.split("/")[2]
    parts = {one for one in url.replace("?", "/").replace("&", "/").replace("=", "/").split("/") if one != host}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= SHORTEST_SECRET:
            text = text.replace(part, HIDDEN)
    return f": {masked(text)[:LONGEST_WORDS]}" if text else "."
