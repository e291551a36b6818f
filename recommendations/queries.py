"""Recommendations as they are listed: those that are worth most come first, or the newest to who may not see money.

Each keeps the currency it was born with; amounts are compared in the reporting currency, by its latest rates. Those of
a currency without a rate come last, and are compared among themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db.models import Case, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Value, When

from analytics import cursors
from analytics.models import CurrencyRate
from analytics.scope import ScopeError

from .decisions import NoRecommendation
from .models import Recommendation, State

LIMIT, MOST = 50, 200  # rows of a page
WORTH = DecimalField(max_digits=48, decimal_places=18)  # an amount times a rate, exactly


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which are asked for; empty is all. `campaigns` are external ids."""

    states: tuple[str, ...] = (State.OPEN.value,)
    rules: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    def among(self, rows: QuerySet[Recommendation]) -> QuerySet[Recommendation]:
        """The rows that are. The database refuses to look for NUL."""
        given = {
            "state__in": self.states,
            "rule__in": self.rules,
            "campaign__external_id__in": [name.replace("\x00", "\ufffd") for name in self.campaigns],
            "campaign__channel__in": self.channels,
        }
        return rows.filter(**{field: names for field, names in given.items() if names})


@dataclass(frozen=True, slots=True)
class Page:
    """`count` are there in all; `next` is the cursor of the page after this one, empty on the last."""

    rows: Sequence[Recommendation]
    count: int
    next: str


def ordered(rows: QuerySet[Recommendation], by_money: bool) -> QuerySet[Recommendation]:
    """By `worth`, which is null where there is no rate; else the newest first."""
    if not by_money:
        return rows.order_by("-id")
    rates = CurrencyRate.objects.filter(currency=OuterRef("currency")).order_by("-day").values("rate")[:1]
    rate = Case(When(currency=settings.REPORTING_CURRENCY, then=Value(1)), default=Subquery(rates), output_field=WORTH)
    worth = F("worth").desc(nulls_last=True)
    return rows.annotate(worth=F("money") * rate).order_by(worth, "currency", "-money", "id")


def page(wanted: Wanted, limit: int = LIMIT, cursor: str = "", by_money: bool = True) -> Page:
    """Raises `ScopeError` for a limit or a cursor that cannot be used."""
    if not 1 <= limit <= MOST:
        raise ScopeError("limit", f"A page has 1 to {MOST} rows.")
    name = f"recommendations {wanted}" if by_money else f"newest recommendations {wanted}"
    place = cursors.read(name, cursor)
    found = ordered(wanted.among(Recommendation.objects.select_related("campaign")), by_money)
    behind = Q() if not place else _behind(*place) if by_money else Q(id__lt=place[0])
    rows = list(found.filter(behind)[: limit + 1])
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], found.count(), cursors.write(name, _place(last, by_money)) if last else "")


def _place(row: Recommendation, by_money: bool) -> list[str | int]:
    """Whoever has the cursor can read it."""
    if not by_money:
        return [row.pk]
    worth: Decimal | None = row.worth  # type: ignore[attr-defined]
    return ["" if worth is None else f"{worth:f}", row.currency, f"{row.money:f}", row.pk]


def _behind(worth: str | int, currency: str | int, money: str | int, pk: str | int) -> Q:
    alike = Q(currency=currency) & (Q(money__lt=money) | Q(money=money, id__gt=pk)) | Q(currency__gt=currency)
    if worth == "":
        return Q(worth=None) & alike
    return Q(worth__lt=worth) | Q(worth=None) | Q(worth=worth) & alike


def find(pk: int) -> Recommendation:
    """One with its campaign and its decisions. Raises `NoRecommendation`."""
    rows = Recommendation.objects.select_related("campaign").prefetch_related("decisions")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NoRecommendation(pk)
    return found
