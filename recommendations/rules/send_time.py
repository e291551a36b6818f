"""The same people click what leaves at another hour of the day more than what leaves at the campaign's usual one."""

from dataclasses import dataclass
from math import exp, log

from ..findings import Better, Expected, Figure, Finding, Range, Score
from ..matching import Days, Quotient, quotient, rates, tells
from ..norms import Norms, delivers
from ..scoring import adequacy, base, enough_for, own_figure, plan, stability, worth
from ..snapshot import Campaign, ClickHour, Hour
from ..statistics import TAIL, Sample, uneven
from .rule import Rule, Settings, Threshold


@dataclass(frozen=True, slots=True)
class _Ahead:
    """An hour, and how far it is ahead of the usual one."""

    at: ClickHour
    found: Quotient


def find(campaign: Campaign, around: Norms, settings: Settings) -> Finding | None:
    """By what the campaign's people did over weeks, in all campaigns of the channel that wrote to them at both hours:
    so a campaign that knows one hour can be told of another. The bounds are wider the more hours there are to choose
    from, and by what days differ, those of the campaign or those that are usual around, whichever differ more.
    """
    seen = around.sample(campaign, "click_rate")
    if campaign.status != "running" or not delivers(campaign) or seen is None:
        return None
    hours = [one for one in campaign.click_hours if one.matched.messages >= settings["least"] and tells(one.matched)]
    usual = next((hour for hour in campaign.hours if hours and hour.hour == hours[0].usual), None)
    if usual is None or not usual.unique_clicks:
        return None
    days = _days(campaign, around, seen)
    rows = [_Ahead(one, quotient(one.matched, days, TAIL / len(hours))) for one in hours]
    best = max(rows, key=lambda row: row.found.low)
    return _finding(campaign, around, usual, best, days) if best.found.low > log(1 + settings["margin"]) else None


def _days(campaign: Campaign, around: Norms, seen: Sample) -> Days:
    usually = around.usual(campaign, "click_rate")
    own, degrees = uneven(seen, usually)
    return Days(max(own, usually.uneven), degrees)


def _finding(campaign: Campaign, around: Norms, usual: Hour, best: _Ahead, days: Days) -> Finding:
    found, seen = around.estimate(campaign, "click_rate"), around.sample(campaign, "click_rate")
    assert found is not None
    assert seen is not None
    matched, ahead = best.at.matched, best.found
    expected = _expected(campaign, around, usual, best, found.value, seen.bottom)
    enough = enough_for(ahead.error, matched.weight, exp(ahead.likely))
    enough_after = enough_for(found.error, seen.bottom, expected.after.mid / found.value)
    return Finding(
        rule=RULE.name,
        version=RULE.version,
        campaign=campaign.id,
        action="move_send_time",
        proposal=f"Send it at {_clock(best.at.hour)}, not {_clock(usual.hour)}: the same people click more then.",
        score=Score(
            base(matched.rate, matched.other_rate),
            adequacy(around.settled_share(campaign) * matched.weight, enough),
            stability(around.weeks(campaign, "click_rate"), lambda rate: rate < expected.after.mid),
        ),
        evidence=(own_figure(campaign, around, "click_rate", found), *_figures(around, best.at, days)),
        expected=expected,
        plan=plan("click_rate", Better.HIGHER, enough_after, seen.bottom / around.days),
        expires_days=28,
    )


def _expected(
    campaign: Campaign, around: Norms, usual: Hour, best: _Ahead, before: float, delivered: float
) -> Expected:
    moved = usual.unique_clicks / sum(hour.delivered for hour in campaign.hours)
    gains = [moved * (exp(by) - 1) for by in (best.found.low, best.found.likely, best.found.high)]
    each = worth(campaign, around, "unique_clicks") * delivered * around.month
    how = (
        f"All that leaves at {_clock(usual.hour)} is clicked by so much more as the campaign's people click what "
        f"leaves at {_clock(best.at.hour)} more, by the interval of that quotient, which allows for the number of "
        "hours; what holds for the campaigns that wrote to them at both hours is taken to hold for this one. A click "
        "is worth what it was."
    )
    return Expected(
        "click_rate", before, Range(*(before + gain for gain in gains)), Range(*(each * gain for gain in gains)), how
    )


def _clock(hour: int) -> str:
    return f"{hour:02d}:00"


def _figures(around: Norms, at: ClickHour, days: Days) -> tuple[Figure, Figure]:
    """What both hours have, each a receipt against the other."""
    start, end = around.history

    def figure(hour: int, against: int, found: tuple[float, float, float]) -> Figure:
        label = f"Click rate of its people at {_clock(hour)}, matched with {_clock(against)}"
        return Figure(label, "matched_click_rate", *found, at.matched.weight, start, end, hour=hour, against=against)

    one, other = rates(at.matched, days)
    return figure(at.hour, at.usual, one), figure(at.usual, at.hour, other)


RULE = Rule(
    name="send_time",
    title="Send time",
    version=2,
    why="The same message at another hour meets people who have time for it.",
    thresholds={
        "margin": Threshold(
            0.1, 0.0, 2.0, "share", "So much more must its people surely click than at its usual hour."
        ),
        "least": Threshold(
            300.0,
            50.0,
            1e6,
            "messages",
            "Hours at which its people got fewer messages in eight weeks are not compared.",
        ),
    },
    find=find,
)
