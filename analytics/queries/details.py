"""One campaign in one period."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from ..allowed import Allowed
from ..catalogue import NAMES, Sums
from ..channels import BY_NAME as CHANNELS
from ..models import Campaign
from ..models.totals import Basis
from ..pacing import project, rounded, time_gone
from ..scope import Grain, Scope
from . import kpis
from .answers import BestHour, Details, HourOfDay, MachineShare, Pacing
from .campaign import campaign_of
from .funnel import funnel_of
from .medians import medians
from .running import Row, bound, rows

FEWEST_FIRSTS = 50  # fewer people have no best hour, only chance
HOURLY = ("unique_opens", "unique_clicks")
FIRSTS = HOURLY[::-1]  # clicks tell more, if there are enough
PLACES = 10


def details(scope: Scope, pk: int, *, now: datetime) -> Details:
    """Everything about the campaign `pk` in the scope's period; its filters do not matter. Raises `NoCampaignError`."""
    campaign = campaign_of(pk)
    scope = replace(of_campaign(scope, campaign), grain=Grain.DAY)
    names = scope.allowed.of(NAMES)
    summary = kpis.summary(scope, names, now=now)
    return Details(
        campaign=campaign,
        kpis=summary,
        medians=medians(scope, campaign, names),
        trend=kpis.timeseries(scope, names, now=now),
        funnel=funnel_of(summary.sums, scope.allowed, delivers=CHANNELS[campaign.channel].has_delivery),
        pacing=_pacing(scope, campaign, now) if scope.allowed.sees("cost") else None,
        best_hour=_best_hour(scope, campaign),
        machine=_machine_share(summary.sums, scope.allowed),
    )


def of_campaign(scope: Scope, campaign: Campaign) -> Scope:
    """The same question of one campaign alone."""
    return replace(scope, campaigns=(campaign.external_id,), channels=(), statuses=(), tags=(), search="")


def _pacing(scope: Scope, campaign: Campaign, now: datetime) -> Pacing:
    currency = campaign.currency or scope.currency
    (row,) = rows("spent", {"campaign": campaign.pk, "currency": currency, "today": scope.today(now)})
    worth = _worth(campaign.budget, currency, scope.currency, row)
    gone = time_gone(campaign.starts_at, campaign.ends_at, now)
    spent = rounded(row["spent"], scope.currency)
    projection = project(worth, spent, gone, scope.currency)
    return Pacing(
        budget=None if campaign.budget is None else rounded(campaign.budget, currency),
        currency=currency,
        worth=worth,
        rate_day=row["rate_day"],
        spent=spent,
        unconverted=row["unconverted"],
        last_cost_on=row["last_cost_on"],
        time_gone=gone,
        expected=projection.expected,
        projected=projection.projected,
        pace=projection.pace,
        unknown=_unknown(campaign, currency, worth, gone),
    )


def _worth(budget: Decimal | None, currency: str, reported_in: str, row: Row) -> Decimal | None:
    rate = Decimal(1) if currency == reported_in else row["rate"]
    return None if budget is None or rate is None else rounded(budget * rate, reported_in)


def _unknown(campaign: Campaign, currency: str, worth: Decimal | None, gone: float | None) -> tuple[str, ...]:
    reasons = (
        (campaign.budget is None, "The campaign has no budget."),
        (campaign.budget is not None and worth is None, f"The budget is in {currency}, which has no rate yet."),
        (campaign.starts_at is None, "The campaign has no start."),
        (campaign.ends_at is None, "The campaign has no end, so its budget has no share by now."),
        (campaign.starts_at and campaign.ends_at and gone is None, "The campaign ends when it starts."),
        (gone == 0, "The campaign has not started."),
    )
    return tuple(reason for holds, reason in reasons if holds)


def _best_hour(scope: Scope, campaign: Campaign) -> BestHour | None:
    seen = scope.allowed.of(FIRSTS)
    if not seen:
        return None
    params = bound(scope) | {"campaign": campaign.pk, "basis": Basis.EVENT.value}
    asked = ("campaign", "basis", "time_zone", "start_day", "end_day")
    found = {row["hour"]: row for row in rows("hours_of_day", {name: params[name] for name in asked})}
    by_hour = [{name: found[hour][name] if hour in found else 0 for name in seen} for hour in range(24)]
    hours = tuple(HourOfDay(hour, *(row.get(name) for name in HOURLY)) for hour, row in enumerate(by_hour))
    totals = {name: sum(row[name] for row in by_hour) for name in seen}
    metric = next((name for name, total in totals.items() if total >= FEWEST_FIRSTS), None)
    if metric is None:
        metric = max(totals, key=totals.__getitem__)
        words = metric.replace("_", " ")
        reason = f"Only {totals[metric]} {words} in the period; a best hour wants {FEWEST_FIRSTS}."
        return BestHour(metric, None, None, totals[metric], hours, reason)
    best = max(range(24), key=lambda hour: by_hour[hour][metric])
    return BestHour(metric, best, by_hour[best][metric], totals[metric], hours, "")


def _machine_share(sums: Sums, allowed: Allowed) -> MachineShare:
    opens = sums.machine_opens if allowed.sees("machine_opens") else None
    clicks = sums.machine_clicks if allowed.sees("machine_clicks") else None
    return MachineShare(
        opens=opens,
        clicks=clicks,
        open_share=_share(opens, sums.opens) if allowed.sees("opens") else None,
        click_share=_share(clicks, sums.clicks) if allowed.sees("clicks") else None,
    )


def _share(machine: int | None, human: int) -> float | None:
    return round(machine / (machine + human), PLACES) if machine is not None and machine + human > 0 else None
