"""What rules find. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure that a rule tells of: a metric of a channel (empty is all) or a campaign between two moments.

    `low` is None where nothing is too little, `high` where nothing is too much; `over` says on which side it is.
    `currency` is that of its amounts, empty of one that was found before that was kept.
    """

    rule: str
    metric: str
    over: bool
    value: float
    since: datetime
    until: datetime
    channel: str = ""
    campaign: int | None = None
    usual: float | None = None
    low: float | None = None
    high: float | None = None
    whole_day: bool = False  # of a day of the calendar, judged once
    currency: str = ""

    @property
    def key(self) -> "Key":
        """What is the same finding an hour later."""
        return self.rule, self.metric, self.channel, self.campaign, self.over, self.whole_day


Key = tuple[str, str, str, int | None, bool, bool]


def to_json(parts: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings as an alert keeps them."""
    return [
        {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(part).items()}
        for part in parts
    ]


def of_json(parts: Sequence[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """Findings out of an alert, the one that it is named for first; fields that are no more are left out."""
    known = {field.name for field in fields(Finding)}
    return tuple(
        Finding(**{name: _read(name, value) for name, value in part.items() if name in known}) for part in parts
    )


def _read(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name in ("since", "until") else value
