"""Opens and clicks that nobody made: mail-privacy prefetch, image proxies, scanners, and what providers flag."""

from collections.abc import Callable
from random import Random

from .people import CHROME, Person
from .period import MINUTE

PRIVACY_AGENT = "Mozilla/5.0"
PROXY_AGENT = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
SCANNER_AGENT = CHROME.format("Windows NT 10.0; Win64; x64", "")  # looks like a person's; what it does tells
PREFETCHES = 0.96  # of messages to a private client
PROXIES = 0.07  # of messages to a web client are fetched before anyone reads them
SCANS = 0.85  # of messages to a guarded client
FLAGGED = 0.02  # of all messages: opened by something that the provider itself calls a machine
SCANNED_LINKS = ("sale", "new", "account", "unsubscribe")


def machines_look(rng: Random, person: Person, delivered: int, add: Callable[..., None]) -> None:
    """What machines do with a message that was delivered at that moment: `add(moment, kind, **fields)` for each."""
    if person.client == "private" and rng.random() < PREFETCHES:
        add(delivered + rng.randrange(4, 90 * MINUTE), "opened", user_agent=PRIVACY_AGENT)
    elif person.client == "web" and rng.random() < PROXIES:
        add(delivered + rng.randrange(3, 20 * MINUTE), "opened", user_agent=PROXY_AGENT)
    elif person.client == "guarded" and rng.random() < SCANS:
        _scan(rng, delivered, add)
    if rng.random() < FLAGGED:
        add(delivered + rng.randrange(5, 40 * MINUTE), "opened", user_agent=person.agent, machine=True)


def _scan(rng: Random, delivered: int, add: Callable[..., None]) -> None:
    """Opens at once, then follows every link within seconds."""
    add(delivered + rng.randrange(2), "opened", user_agent=SCANNER_AGENT)
    for place, page in enumerate(SCANNED_LINKS[: rng.randrange(3, 5)]):
        moment = delivered + 2 + place + rng.randrange(2)
        add(moment, "clicked", user_agent=SCANNER_AGENT, url=f"https://shop.example/{page}")
