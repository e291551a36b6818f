"""How the Health page writes how much the pages are used. Pure."""

from dataclasses import dataclass

from ..levels.judging import Level
from ..presentation import UNKNOWN, ago, percent
from .level_rows import share
from .usage import Usage


@dataclass(frozen=True, slots=True)
class UseTile:
    name: str
    label: str
    value: str
    note: str


def use_tiles(use: Usage, uptime: Level) -> tuple[UseTile, ...]:
    """`uptime` is over the same days."""
    active = UNKNOWN if use.active_share is None else percent(use.active_share)
    length = UNKNOWN if use.median_seconds is None else ago(use.median_seconds)
    sessions = f"median of {use.sessions:,} session{'' if use.sessions == 1 else 's'}"
    return (
        UseTile("active", "Active admins", active, "of active staff looked at a page"),
        UseTile("session", "Session length", length, sessions),
        UseTile("up", "Uptime", UNKNOWN if uptime.share is None else share(uptime.share), _minutes(uptime)),
        UseTile("views", "Pages viewed", f"{use.views:,}", "polls are not counted"),
    )


def _minutes(uptime: Level) -> str:
    if uptime.share is None:
        return "not known yet"
    return f"{uptime.bad:,} of {uptime.all:,} minute{'' if uptime.all == 1 else 's'} without pages"
