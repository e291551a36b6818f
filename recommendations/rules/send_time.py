"""Messages that leave at another hour of the day are clicked more than those of the hour at which most leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, floor, log, sqrt

from ..findings import Better, Expected, Figure, Finding, Range, Score
from ..norms import Norms, delivers
from ..scoring import adequacy, base, enough_for, own_figure, plan, stability, worth
from ..snapshot import Campaign, Hour
from ..statistics import FEW, TAIL, Sample, share, t_quantile, uneven
from .rule import Rule, Settings, Threshold


@dataclass(frozen=True, slots=True)
class _Ahead:
    """How far an hour is ahead of the usual one: the logarithm of the quotient of their rates, with its bounds."""

    hour: Hour
    low: float
    mid: float
    high: float
    error: float


def find(campaign: Campaign, around: Norms, settings: Settings) -> Finding | None:
    """The bounds are wider the more hours there are to choose from, and by what the campaign's days differ: nobody has
    told on which days an hour was used, so an hour with a tenth of the messages counts for a tenth of the days.
    """
    seen = around.sample(campaign, "click_rate")
    if campaign.status != "running" or not delivers(campaign) or seen is None or len(campaign.hours) < 2:
        return None
    most = max(campaign.hours, key=lambda hour: (hour.delivered, -hour.hour))
    others = [
        hour
        for hour in campaign.hours
        if hour is not most and hour.delivered >= settings["least"] and hour.unique_clicks >= FEW
    ]
    if not others or most.unique_clicks < FEW:
        return None
    days_differ, degrees = uneven(seen, around.usual(campaign, "click_rate"))
    wide = t_quantile(floor(degrees), TAIL / len(others))
    rows = [_ahead(hour, most, campaign.hours, days_differ / seen.days, wide) for hour in others]
    best = max(rows, key=lambda row: row.low)
    return _finding(campaign, around, seen, most, best) if best.low > log(1 + settings["margin"]) else None


def _ahead(hour: Hour, most: Hour, hours: Sequence[Hour], day_variance: float, wide: float) -> _Ahead:
    total = sum(one.delivered for one in hours)
    variance = sum(
        1 / one.unique_clicks - 1 / one.delivered + day_variance * total / one.delivered for one in (hour, most)
    )
    mid, error = log(_rate(hour) / _rate(most)), sqrt(max(variance, 0.0))
    return _Ahead(hour, mid - wide * error, mid, mid + wide * error, error)


def _rate(hour: Hour) -> float:
    return hour.unique_clicks / hour.delivered


def _finding(campaign: Campaign, around: Norms, seen: Sample, most: Hour, best: _Ahead) -> Finding:
    found = around.estimate(campaign, "click_rate")
    assert found is not None
    before, moved = found.value, most.delivered / sum(hour.delivered for hour in campaign.hours)
    # the best of many looks better than it is, so what is likely lies between its lower end and what was seen
    gains = [moved * _rate(most) * (exp(ahead) - 1) for ahead in (best.low, (best.low + best.mid) / 2, best.high)]
    after = Range(*(before + gain for gain in gains))
    each = worth(campaign, around, "unique_clicks") * seen.bottom * around.month
    enough = enough_for(best.error, best.hour.delivered, exp((best.low + best.mid) / 2))
    return Finding(
        rule=RULE.name,
        version=RULE.version,
        campaign=campaign.id,
        action="move_send_time",
        proposal=f"Send it at {_clock(best.hour)}, not {_clock(most)}: what leaves then is clicked more.",
        score=Score(
            base(_rate(best.hour), _rate(most)),
            adequacy(around.settled_share(campaign) * best.hour.delivered, enough),
            stability(around.weeks(campaign, "click_rate"), lambda rate: rate < _rate(best.hour)),
        ),
        evidence=(
            own_figure(campaign, around, "click_rate", found),
            _figure(around, best.hour),
            _figure(around, most),
        ),
        expected=Expected(
            "click_rate",
            before,
            after,
            Range(*(each * gain for gain in gains)),
            f"All that leaves at {_clock(most)} is clicked as what leaves at {_clock(best.hour)}, by the interval of "
            "their quotient, which allows for the number of hours; a click is worth what it was.",
        ),
        plan=plan(
            "click_rate",
            Better.HIGHER,
            enough_for(found.error, seen.bottom, after.mid / before),
            seen.bottom / around.days,
        ),
        expires_days=28,
    )


def _clock(hour: Hour) -> str:
    return f"{hour.hour:02d}:00"


def _figure(around: Norms, hour: Hour) -> Figure:
    rate = _rate(hour)
    low, high = share(hour.unique_clicks, hour.delivered)
    label = f"Click rate of what left at {_clock(hour)}"
    low, high = min(low, rate), max(high, rate)
    return Figure(label, "click_rate", rate, low, high, hour.delivered, around.start, around.end, hour=hour.hour)


RULE = Rule(
    name="send_time",
    title="Send time",
    version=1,
    why="The same message at another hour meets people who have time for it.",
    thresholds={
        "margin": Threshold(
            0.1, 0.0, 2.0, "share", "So much more must surely click than at the hour of most messages."
        ),
        "least": Threshold(300.0, 50.0, 1e6, "messages", "Hours at which fewer messages arrived are not compared."),
    },
    find=find,
)
