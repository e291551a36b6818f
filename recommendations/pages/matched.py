"""The receipt of a figure by people's history, counted anew from what they were sent and did: sums, of nobody alone."""

from decimal import Decimal

from django.urls import reverse

from analytics.channels import BY_NAME as CHANNELS
from analytics.history import SETTLED, ClickHour, Crowd, Matched
from analytics.pages.receipts import Line, Receipt, frame
from analytics.presentation import UNKNOWN
from analytics.queries import history
from analytics.queries.answers import Meta

from ..findings import Figure
from ..metrics import BY_NAME
from ..models import Recommendation
from . import words

CLICKED, LEFT = "clicked", "unsubscribed"


def receipt(recommendation: Recommendation, figure: Figure, meta: Meta) -> Receipt:
    """As the night counts it, of this campaign alone; `meta` is of the figure's days."""
    metric, zone = BY_NAME[figure.metric], meta.scope.time_zone
    if figure.line is None:
        value, lines = _of_hour(figure, zone, recommendation.campaign_id)
    else:
        value, lines = _of_crowd(figure, figure.line, zone, recommendation.campaign_id)
    channel = CHANNELS[recommendation.campaign.channel].label
    whose = f"all {channel} campaigns, to people whom this one reached (of more than {history.PEOPLE:,} so many)"
    return Receipt(
        label=figure.label,
        value=UNKNOWN if value is None else words.value(value, figure.metric, recommendation.currency),
        definition=metric.definition,
        formula=metric.formula,
        lines=(*lines, Line("Messages of", whose), *frame(meta)),
        api_url=reverse("api-recommendation", args=[recommendation.pk]),
    )


Counted = tuple[float | None, list[Line]]


def _of_hour(figure: Figure, zone: str, campaign: int) -> Counted:
    """One of the two hours is the usual one; where that has become another there is nothing to count."""
    rows = history.click_hours(figure.end + SETTLED, zone, [campaign]).get(campaign, ())
    at = next((one for one in rows if {one.hour, one.usual} == {figure.hour, figure.against}), None)
    if at is None:
        return None, [Line("Matched", "no campaign wrote to five of its people at both hours")]
    return _side(at.matched, CLICKED, *_hours(at, figure))


def _hours(at: ClickHour, figure: Figure) -> tuple[bool, str, str]:
    kinds = f"left at {words.hour(at.hour)}", f"left at {words.hour(at.usual)}"
    return (True, *kinds) if figure.hour == at.hour else (False, kinds[1], kinds[0])


def _of_crowd(figure: Figure, line: float, zone: str, campaign: int) -> Counted:
    crowd = history.crowds(figure.end + SETTLED, zone, line, [campaign]).get(campaign)
    if crowd is None:
        return None, [Line("People", "fewer than five")]
    if figure.above is None:
        return _people(crowd, figure.metric)
    leaving = figure.metric == "matched_unsubscribe_rate"
    matched = crowd.left if leaving else crowd.clicked
    if matched is None:
        return None, [Line("Matched", "fewer than five people on either side")]
    kinds = f"when somebody had got more than {line:g}", f"when somebody had got at most {line:g}"
    return _side(matched, LEFT if leaving else CLICKED, figure.above, *(kinds if figure.above else reversed(kinds)))


def _people(crowd: Crowd, metric: str) -> Counted:
    told = [
        Line("Messages", f"{crowd.messages:,} in 28 days"),
        Line("Above the line", f"{crowd.above:,} people got more than {crowd.line:g}"),
        Line("People", f"{crowd.people:,} of {crowd.of_people:,}"),
    ]
    return (crowd.above if metric == "crowded_share" else crowd.messages) / crowd.people, told


def _side(matched: Matched, outcome: str, ahead: bool, kind: str, other: str) -> Counted:
    """One kind of messages, and the other that it is matched with."""
    sides = (
        (matched.messages, matched.hits, matched.weighted),
        (matched.others, matched.other_hits, matched.other_weighted),
    )
    (messages, hits, weighted), (others, other_hits, _) = sides if ahead else reversed(sides)
    return weighted / matched.weight, [
        Line("Numerator", f"{_number(weighted)} weight of {outcome}"),
        Line("Denominator", f"{_number(matched.weight)} weight of messages"),
        Line("Before weighing", f"{hits:,} of {messages:,} {outcome}, {kind}"),
        Line("Matched with", f"{other_hits:,} of {others:,} {outcome}, {other}"),
        Line("People", f"{matched.people:,}"),
    ]


def _number(weight: float) -> str:
    return f"{Decimal(repr(weight)):,.2f}"
