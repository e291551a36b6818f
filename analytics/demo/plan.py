"""From blueprints to the campaigns of one demo: names, dates, how big each is, and what is changed of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from .blueprints import BLUEPRINTS, CONTACTS, Blueprint
from .period import DAY, Period

MARKETS = ("Nordics", "UK", "Iberia", "Benelux", "Italy", "Poland", "Canada", "Australia")
SALES = {1: "Winter sale", 3: "Spring sale", 6: "Summer sale", 9: "Autumn sale", 10: "Black Friday"}
SEASONS = {1: "Winter", 3: "Spring", 6: "Summer", 9: "Autumn", 12: "Winter"}
NEXT_SEASONS = {1: "Easter", 3: "Summer", 6: "Back to school", 8: "Autumn", 10: "Christmas"}


@dataclass(frozen=True, slots=True)
class Change:
    """From a day on a campaign does better or worse, until its next change begins: factors on its blueprint.

    `open` is how many open, and those who open click as they did; `click` is how many of them click (of ads: visits),
    `buy` how many of those who click buy (no say where a holdout's `lift` decides), `cost` what it costs. Up to 1 they
    are exact; above it, chances stay below 1, so the most eager give less. `slug` is of `BLUEPRINTS`, with the number
    of its repeat behind a dash.
    """

    slug: str
    from_day: date
    open: float = 1.0
    click: float = 1.0
    buy: float = 1.0
    cost: float = 1.0


UNCHANGED = Change("", date.min)


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
    changes: tuple[tuple[int, Change], ...] = ()  # by the moment from which on it holds

    def changed(self, moment: int) -> Change:
        """The change that holds at a moment: the last that has begun."""
        if not self.changes:
            return UNCHANGED
        return next((change for begins, change in reversed(self.changes) if begins <= moment), UNCHANGED)

    def runs(self, period: Period) -> range:
        """The midnights of its days within the period."""
        return range(min(self.starts, period.end), min(self.ends or period.end, period.end), DAY)


def plan(
    count: int,
    contacts: int,
    period: Period,
    tag: str,
    changes: Iterable[Change] = (),
    blueprints: Sequence[Blueprint] = BLUEPRINTS,
) -> list[Campaign]:
    """So many campaigns. Beyond the table they repeat in other markets, and all share the same people.

    ValueError for a change of a campaign that is not among them.
    """
    size = min(1.0, len(blueprints) / count)
    slugs = [_slug(number, blueprints) for number in range(count)]
    by_slug: dict[str, list[tuple[int, Change]]] = {slug: [] for slug in slugs}
    for change in sorted(changes, key=lambda change: change.from_day):
        if change.slug not in by_slug:
            raise ValueError(f"no campaign {change.slug} among {', '.join(slugs)}")
        by_slug[change.slug].append(((change.from_day - period.first).days * DAY, change))
    campaigns = [
        _campaign(blueprints[number % len(blueprints)], number // len(blueprints), slug, size, contacts, period, tag)
        for number, slug in enumerate(slugs)
    ]
    return [replace(one, changes=tuple(by_slug[slug])) for one, slug in zip(campaigns, slugs, strict=True)]


def _slug(number: int, blueprints: Sequence[Blueprint]) -> str:
    round_, place = divmod(number, len(blueprints))
    return blueprints[place].slug + (f"-{round_ + 1}" if round_ else "")


def _campaign(
    blueprint: Blueprint, round_: int, slug: str, size: float, contacts: int, period: Period, tag: str
) -> Campaign:
    return Campaign(
        external_id=f"{tag}-{slug}",
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
