from collections.abc import Iterable
from decimal import Decimal
from functools import cache

from analytics import sql

from ..catalogue import BY_NAME, Unit, Value
from ..catalogue.expressions import expression
from ..catalogue.sums import PARTS
from ..models import Campaign
from ..pacing import rounded
from ..scope import Scope
from .answers import Medians
from .running import bound, rows_of

FEWEST = 3  # of fewer there is no middle worth telling


def medians(scope: Scope, campaign: Campaign, metrics: tuple[str, ...]) -> Medians:
    """What the other campaigns of its channel have in the same period, those without figures left out."""
    scope.allowed.check(*metrics)
    if not metrics:
        return Medians(0, {})
    others = Campaign.objects.filter(channel=campaign.channel).exclude(pk=campaign.pk)
    peers = list(others.order_by("pk").values_list("pk", flat=True))
    params = bound(scope, [scope.period]) | {"campaigns": peers}
    (row,) = rows_of(_statement(metrics, scope.currency), params)
    enough = {name: row[name] for name in metrics if row[f"{name}_known"] >= FEWEST}
    return Medians(row["campaigns"], {name: _value(name, enough.get(name), scope.currency) for name in metrics})


def _value(name: str, median: float | None, currency: str) -> Value:
    if median is None:
        return None
    if BY_NAME[name].unit is Unit.MONEY:
        return rounded(Decimal(str(median)), currency)
    return int(median) if BY_NAME[name].unit is Unit.COUNT and median == int(median) else median


@cache
def _statement(metrics: tuple[str, ...], currency: str) -> str:
    parts = {
        "figures": _lines(f"({expression(name, currency)})::double precision AS the_{name}" for name in metrics),
        "something": f"({' OR '.join(f'{part} <> 0' for part in PARTS)})",
        "medians": _lines(
            line
            for name in metrics
            for line in (
                f"percentile_cont(0.5) WITHIN GROUP (ORDER BY the_{name}) AS {name}",
                f"count(the_{name}) AS {name}_known",
            )
        ),
    }
    text = sql.load("queries/medians", scoped="queries/scoped_campaigns", sums="queries/sums")
    for name, lines in parts.items():
        text = text.replace("{{" + name + "}}", lines)
    return text


def _lines(expressions: Iterable[str]) -> str:
    return ",\n".join(f"    {each}" for each in expressions)
