"""What the query layer answers with: frozen, plain, the same for page, fragment, API, export and rule.

A `Value` is an int (counts), a Decimal (money, rounded to the minor unit), a float (ratios) or None (unknown).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ..catalogue import Metric, Sums, Value
from ..channels import Channel
from ..models import Campaign
from ..pacing import Pace
from ..scope import Period, Scope

Values = Mapping[str, Value]  # by metric name


@dataclass(frozen=True, slots=True)
class Completeness:
    """What was accepted and is not yet in the figures. Waiting and dead are batches; dead ones wait for a person.

    Of a period also what has not come yet (`arriving.Arrived`): the shares of its events and of its conversions that
    are here, about how many events are still to come, and (source, day) of missing costs; None where nobody knows, or
    whoever asks may not see it.
    """

    inbox_waiting: int
    inbox_waiting_rows: int
    inbox_dead: int
    oldest_waiting_seconds: float | None
    last_event_at: datetime | None
    arrived: float | None = None
    arrived_conversions: float | None = None
    still_to_come: int | None = None
    missing_costs: tuple[tuple[str, date], ...] = ()


@dataclass(frozen=True, slots=True)
class Meta:
    """How to read an answer's figures. `last_refreshed_at` is when figures last changed, None when nothing came yet.

    `computed_at` is the moment that `completeness` tells of: an answer is given again while the figures are the same.
    """

    scope: Scope
    definition_version: int
    data_version: int
    last_refreshed_at: datetime | None
    computed_at: datetime
    completeness: Completeness
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kpi:
    """One metric. `change` is relative to `previous` (0.05 = 5 percent more), `difference` in the metric's own unit.

    Both are from `previous` to `comparable`, which is the value of those days that are compared.
    """

    metric: Metric
    value: Value
    comparable: Value
    previous: Value
    change: float | None
    difference: Value


@dataclass(frozen=True, slots=True)
class Comparison:
    """Which days of the period are compared, and with which: a running day would always lose against a whole one."""

    days: Period
    against: Period


@dataclass(frozen=True, slots=True)
class Kpis:
    """`sums` are what the values are computed from; `comparison` is None without one, or while no day is over."""

    figures: Mapping[str, Kpi]  # by metric name, in the order asked
    sums: Sums
    comparison: Comparison | None
    meta: Meta

    @property
    def partly_compared(self) -> bool:
        """Whether a comparison leaves days out, or all of them."""
        scope = self.meta.scope
        return scope.compared is not None and (self.comparison is None or self.comparison.days != scope.period)


@dataclass(frozen=True, slots=True)
class Point:
    """One slot `[start, end)`: dates, or datetimes in the reporting zone for hours.

    `partial`: the period or the present cuts it. `previous` is what fell into the same place of the compared period.
    """

    start: date | datetime
    end: date | datetime
    partial: bool
    values: Values
    previous: Values | None


@dataclass(frozen=True, slots=True)
class Timeseries:
    metrics: tuple[Metric, ...]
    points: tuple[Point, ...]
    meta: Meta


@dataclass(frozen=True, slots=True)
class ChannelRow:
    channel: Channel | None  # None = unattributed
    values: Values


@dataclass(frozen=True, slots=True)
class Channels:
    """In the catalogue's order of channels, only those with figures; the unattributed last. `total` equals the KPIs."""

    metrics: tuple[Metric, ...]
    rows: tuple[ChannelRow, ...]
    total: Values
    meta: Meta


@dataclass(frozen=True, slots=True)
class CampaignRow:
    campaign_id: int  # 0 = unattributed; then the texts are empty
    external_id: str
    name: str
    channel: str
    status: str
    values: Values


@dataclass(frozen=True, slots=True)
class Others:
    """The campaigns of a ranking that have no row of their own."""

    count: int
    values: Values
    sums: Sums


@dataclass(frozen=True, slots=True)
class Campaigns:
    """`count` campaigns have figures: `rows` are the first of them by `order`, `last_rows` the last with a known value,
    `others` the rest; `unattributed` stands last.

    All of these add up to `total`, which equals the KPIs.
    """

    metrics: tuple[Metric, ...]
    order: str
    rows: tuple[CampaignRow, ...]
    last_rows: tuple[CampaignRow, ...]
    others: Others | None  # None where every campaign has its row
    unattributed: CampaignRow | None  # None under a filter
    total: Values
    count: int
    meta: Meta


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the funnel: `step_rate` of the step before, `overall_rate` of the first, of those that there are."""

    name: str
    label: str
    value: int
    step_rate: float | None
    overall_rate: float | None


@dataclass(frozen=True, slots=True)
class Funnel:
    """Messages of channels with delivery (`delivers`), or clicks where nothing is delivered, without the steps that the
    asker may not see; who converted without a click stands beside it, in no step (None for who may not see that).
    `meta` is None where the funnel is a part of an answer that has one.
    """

    steps: tuple[Step, ...]
    converted_without_click: int | None
    delivers: bool
    meta: Meta | None = None


@dataclass(frozen=True, slots=True)
class Medians:
    """What `campaigns` others of the channel have in the middle, by metric; None where fewer than three are known."""

    campaigns: int
    values: Values


@dataclass(frozen=True, slots=True)
class Pacing:
    """What a campaign has spent over its life, set against its budget; money in the reporting currency but `budget`.

    `worth` is the budget at the rate of `rate_day` (None for the reporting currency), `expected` what would be spent by
    now if it were spent evenly, `projected` what will be at the end if it goes on as so far. `unknown` says why a part
    is None.
    """

    budget: Decimal | None
    currency: str
    worth: Decimal | None
    rate_day: date | None
    spent: Decimal
    unconverted: int  # costs without a rate, which `spent` leaves out
    last_cost_on: date | None
    time_gone: float | None
    expected: Decimal | None
    projected: Decimal | None
    pace: Pace | None
    unknown: tuple[str, ...]

    @property
    def spent_share(self) -> float | None:
        return float(self.spent / self.worth) if self.worth else None


@dataclass(frozen=True, slots=True)
class HourOfDay:
    """What the asker may not see is None."""

    hour: int
    unique_opens: int | None
    unique_clicks: int | None


@dataclass(frozen=True, slots=True)
class BestHour:
    """The hour of day, in the reporting zone, at which most people first clicked, or opened where too few click.

    Counted on the event date, whatever the basis of the question. `hour` and `value` are None where both are too few,
    and `stands_on` is how many of `metric` there are in all.
    """

    metric: str
    hour: int | None
    value: int | None
    stands_on: int
    hours: tuple[HourOfDay, ...]  # all 24
    unknown: str


@dataclass(frozen=True, slots=True)
class MachineShare:
    """Machine ÷ all of them; None of none, and of what the asker may not see."""

    opens: int | None
    clicks: int | None
    open_share: float | None
    click_share: float | None


@dataclass(frozen=True, slots=True)
class Details:
    """Everything about one campaign in one period that the asker may see; None where that is nothing."""

    campaign: Campaign
    kpis: Kpis
    medians: Medians
    trend: Timeseries
    funnel: Funnel
    pacing: Pacing | None
    best_hour: BestHour | None
    machine: MachineShare

    @property
    def meta(self) -> Meta:
        return self.kpis.meta


@dataclass(frozen=True, slots=True)
class Drilldown:
    """The slots of a campaign's period: its days, or the hours of one."""

    campaign: Campaign
    series: Timeseries


@dataclass(frozen=True, slots=True)
class ViewFreshness:
    """One materialized view; `current` = it shows the present data version, else it is behind since its refresh."""

    name: str
    refreshed_at: datetime | None
    data_version: int | None
    seconds: float | None
    current: bool
    behind_seconds: float | None


@dataclass(frozen=True, slots=True)
class Freshness:
    data_version: int
    last_refreshed_at: datetime | None
    seconds_since_refresh: float | None
    completeness: Completeness
    views: tuple[ViewFreshness, ...]
