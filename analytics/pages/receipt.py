"""The number receipt: any figure of any page, asked where it comes from. Beside its figure, or as a page of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from .. import presentation
from ..allowed import Allowed, NotShown
from ..asker import allowed_of
from ..catalogue import BY_NAME, NAMES
from ..channels import BY_NAME as CHANNELS
from ..clock import time_of_day
from ..models import Campaign
from ..queries import kpis
from ..queries.answers import Details
from ..queries.details import details
from ..queries.funnel import funnel
from ..scope import PARAMETERS, Scope, ScopeError, echo, near, parse, parse_day
from . import receipts
from .access import PageRequest, staff_page, wants_fragment
from .cards import pacing_lines
from .links import api
from .navigation import page_context
from .overview import BOTTOM, TOP
from .receipts import Line, Receipt

BAD_REQUEST, FORBIDDEN = 400, 403


@dataclass(frozen=True, slots=True)
class Asked:
    """Which figure of a scope; `more` are the parameters that only some sources have."""

    scope: Scope
    figure: str
    more: Mapping[str, str]
    now: datetime


@staff_page
def receipt(request: PageRequest) -> HttpResponse:
    status = 200
    try:
        found = _found(dict(request.GET.lists()), timezone.now(), allowed_of(request))
        context: dict[str, Any] = {"receipt": found}
    except ScopeError as error:
        context, status = {"problem": error}, BAD_REQUEST
    except NotShown as error:
        context, status = {"problem": {"field": "figure", "message": str(error)}}, FORBIDDEN
    if wants_fragment(request):
        return render(request, "analytics/_receipt.html", context | {"beside": True}, status=status)
    return render(request, "analytics/receipt.html", context | page_context(request, ""), status=status)


def _found(params: Mapping[str, Sequence[str]], now: datetime, allowed: Allowed) -> Receipt:
    zone, currency = settings.REPORTING_TIME_ZONE, settings.REPORTING_CURRENCY
    given = {name: params.get(name, ()) for name in PARAMETERS}
    scope = parse(given, now=now, time_zone=zone, currency=currency, allowed=allowed)
    more = {name: texts[-1] for name, texts in params.items() if name not in PARAMETERS and texts}
    source = SOURCES.get(more.get("of", ""))
    if source is None:
        raise ScopeError(
            "of", f"{echo(more['of'])!r} is no source of figures; it is one of {', '.join(filter(None, SOURCES))}."
        )
    return source(Asked(scope, more.get("figure", ""), more, now))


def _one_of(asked: Asked, known: Sequence[str]) -> str:
    if asked.figure not in known:
        listed = "GET /api/v1/metrics lists them." if known is NAMES else f"There are {', '.join(known)}."
        raise ScopeError(
            "figure", f"There is no figure {echo(asked.figure)!r} here. {near(asked.figure, known, listed)}"
        )
    asked.scope.allowed.check(*({asked.figure} & set(NAMES)))
    return asked.figure


def _metric(asked: Asked) -> Receipt:
    name = _one_of(asked, NAMES)
    if hour := asked.more.get("hour"):
        return _hour(asked, name, hour)
    return receipts.of_kpi(kpis.summary(asked.scope, (name,), now=asked.now), name, _kpi_api(asked))


def _kpi_api(asked: Asked) -> str:
    return api("kpi", asked.scope, metrics=asked.figure)


def _hour(asked: Asked, name: str, text: str) -> Receipt:
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        start = None
    if start and start.tzinfo:
        parse_day("hour", start.date().isoformat())
    local = start.astimezone(ZoneInfo(asked.scope.time_zone)) if start and start.tzinfo else None
    if start is None or local is None or local.time().replace(hour=0) != time():
        raise ScopeError("hour", f"{echo(text)!r} is no hour; write it as 2026-10-01T14:00+00:00.")
    found = kpis.hour(asked.scope, start, (name,), now=asked.now)
    url = api("kpi/timeseries", found.meta.scope, grain="hour", metrics=name)
    return receipts.of_kpi(
        found, name, url, Line("Hour", f"{local:%Y-%m-%d} {time_of_day(local)} and the 60 minutes after it")
    )


def _unattributed(asked: Asked) -> Receipt:
    name = _one_of(asked, NAMES)
    if asked.scope.filtered:
        raise ScopeError("of", "Under a filter nothing is unattributed; leave the filters out.")
    found = kpis.summary(asked.scope, (name,), now=asked.now, unattributed=True)
    whose = Line("Of", "what no campaign is credited with")
    return receipts.of_kpi(found, name, api("campaigns", asked.scope, metrics=name), whose)


def _others(asked: Asked) -> Receipt:
    """What the Overview's table leaves between its first and its last campaigns."""
    name, order = _one_of(asked, NAMES), asked.more.get("ordering", "")
    found = kpis.by_campaign(asked.scope, (name,), order=order, limit=TOP, last=BOTTOM, now=asked.now)
    if found.others is None:
        raise ScopeError("of", "Every campaign has a row of its own now; go back to the table.")
    whose = Line("Of", f"{found.others.count:,} campaigns between the first {TOP} and the last {BOTTOM} by {order}")
    url = api("campaigns", asked.scope, metrics=name, ordering=order)
    return receipts.of_metric(name, found.others.values[name], found.others.sums, found.meta, url, whose)


def _campaign(asked: Asked) -> Receipt:
    """A metric of one campaign, with what its channel has in the middle."""
    name, found = _one_of(asked, NAMES), _details(asked)
    peers = Line("Median", f"{_median_text(found, name)} of {_peers(found)}")
    return receipts.of_kpi(found.kpis, name, _details_api(found, asked), peers)


def _median(asked: Asked) -> Receipt:
    """What the other campaigns of the channel have in the middle."""
    name, found = _one_of(asked, NAMES), _details(asked)
    own = receipts.of_kpi(found.kpis, name, _details_api(found, asked))
    return replace(
        own,
        label=f"{own.label}, median",
        value=_median_text(found, name),
        definition="The middle one of the figures of other campaigns: half of them have more, half have less.",
        lines=(Line("Of", _peers(found)), Line("This campaign", own.value), *receipts.frame(found.meta)),
    )


def _median_text(found: Details, name: str) -> str:
    return presentation.figure(found.medians.values[name], BY_NAME[name], found.meta.scope.currency)


def _peers(found: Details) -> str:
    channel = CHANNELS[found.campaign.channel].label
    return f"{found.medians.campaigns:,} other {channel} campaigns with figures in the period"


def _details(asked: Asked) -> Details:
    if len(asked.scope.campaigns) != 1:
        raise ScopeError("campaign", "This is a figure of one campaign; name it by its external id.")
    campaign = Campaign.objects.filter(external_id=asked.scope.campaigns[0].replace("\x00", "\ufffd")).first()
    if campaign is None:
        raise ScopeError("campaign", f"There is no campaign {echo(asked.scope.campaigns[0])!r}.")
    return details(asked.scope, campaign.pk, now=asked.now)


def _details_api(found: Details, asked: Asked) -> str:
    return api(f"campaigns/{found.campaign.pk}/details", replace(asked.scope, campaigns=()))


def _funnel(asked: Asked) -> Receipt:
    if asked.figure in receipts.STEPS:
        asked.scope.allowed.check(asked.figure)
    found = funnel(asked.scope, now=asked.now)
    name = _one_of(asked, [step.name for step in found.steps])
    assert found.meta is not None  # an answer by itself has one
    return receipts.of_step(found, found.meta, name, api("funnel", asked.scope), share=asked.more.get("share", ""))


def _pacing(asked: Asked) -> Receipt:
    asked.scope.allowed.check("cost")
    found = _details(asked)
    assert found.pacing is not None  # to whoever may see what is spent
    shown = [Line(fact.label, fact.text) for fact in pacing_lines(found.pacing, asked.scope.currency)]
    return receipts.of_pacing(found.pacing, found.meta, shown, _details_api(found, asked))


def _best_hour(asked: Asked) -> Receipt:
    hour = int(_one_of(asked, [str(hour) for hour in range(24)]))
    metric = "unique_clicks" if asked.more.get("counted") == "unique_clicks" else "unique_opens"
    asked.scope.allowed.check(metric)
    found = _details(asked)
    assert found.best_hour is not None  # to whoever may see one of the two
    return receipts.of_best_hour(found.best_hour, hour, metric, found.meta, _details_api(found, asked))


def _machines(asked: Asked) -> Receipt:
    name = _one_of(asked, ("opens", "clicks"))
    asked.scope.allowed.check(f"machine_{name}")
    found = _details(asked)
    return receipts.of_machine_share(name, found.machine, found.kpis.sums, found.meta, _details_api(found, asked))


SOURCES: Mapping[str, Callable[[Asked], Receipt]] = {
    "": _metric,
    "unattributed": _unattributed,
    "others": _others,
    "campaign": _campaign,
    "median": _median,
    "funnel": _funnel,
    "pacing": _pacing,
    "best_hour": _best_hour,
    "machines": _machines,
}
