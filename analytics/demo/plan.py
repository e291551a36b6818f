"""From blueprints to the campaigns of one demo: names, dates, and how big each is."""

from dataclasses import dataclass
from datetime import date

from .blueprints import BLUEPRINTS, CONTACTS, Blueprint
from .period import DAY, Period

MARKETS = ("Nordics", "UK", "Iberia", "Benelux", "Italy", "Poland", "Canada", "Australia")
SALES = {1: "Winter sale", 3: "Spring sale", 6: "Summer sale", 9: "Autumn sale", 10: "Black Friday"}
SEASONS = {1: "Winter", 3: "Spring", 6: "Summer", 9: "Autumn", 12: "Winter"}
NEXT_SEASONS = {1: "Easter", 3: "Summer", 6: "Back to school", 8: "Autumn", 10: "Christmas"}


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign of the demo. `starts` and `ends` are moments; `size` is a factor on the blueprint's numbers."""

    external_id: str
    name: str
    blueprint: Blueprint
    starts: int
    ends: int | None
    size: float
    scale: float  # `size` for what counts people in absolute numbers

    def runs(self, period: Period) -> range:
        """The midnights of its days within the period."""
        return range(min(self.starts, period.end), min(self.ends or period.end, period.end), DAY)


def plan(count: int, contacts: int, period: Period, tag: str) -> list[Campaign]:
    """So many campaigns. Beyond the table they repeat in other markets, and all share the same people."""
    size = min(1.0, len(BLUEPRINTS) / count)
    return [_campaign(number, size, contacts, period, tag) for number in range(count)]


def _campaign(number: int, size: float, contacts: int, period: Period, tag: str) -> Campaign:
    round_, place = divmod(number, len(BLUEPRINTS))
    blueprint = BLUEPRINTS[place]
    return Campaign(
        external_id=f"{tag}-{blueprint.slug}" + (f"-{round_ + 1}" if round_ else ""),
        name=_name(blueprint.name, period.day(period.end - DAY)) + _market(round_),
        blueprint=blueprint,
        starts=_moment(blueprint.starts, period),
        ends=None if blueprint.ends is None else _moment(blueprint.ends, period),
        size=size,
        scale=size * contacts / CONTACTS,
    )


def _moment(share: float, period: Period) -> int:
    """The midnight at that share of the period."""
    return round(share * period.days) * DAY


def _market(round_: int) -> str:
    if not round_:
        return ""
    again, market = divmod(round_ - 1, len(MARKETS))
    return f" {MARKETS[market]}" + (f" {again + 1}" if again else "")


def _name(name: str, day: date) -> str:
    sale, season, next_season = (_by_month(names, day) for names in (SALES, SEASONS, NEXT_SEASONS))
    return name.format(sale=sale, season=season, next_season=next_season)


def _by_month(names: dict[int, str], day: date) -> str:
    return names[max(month for month in names if month <= day.month)]
