"""The ranking on screen as a file: the same columns, filters and order, and all rows.

The whole file is written before its first byte goes out: so all of it is of one moment, a slow reader holds no
transaction open, and what cannot be read is an error and not half a file.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from io import TextIOWrapper
from tempfile import SpooledTemporaryFile
from typing import IO

from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from compliance import exports, spreadsheets

from ..catalogue import BY_NAME, Unit, Value
from ..queries.answers import Values
from ..queries.kpis import by_channel
from ..queries.ranking import every_row
from ..queries.snapshot import snapshot
from ..scope import Period
from .access import PageRequest, staff_page
from .campaigns import CAMPAIGNS
from .filters import Filters
from .frame import read
from .links import address

IN_MEMORY = 1_000_000  # bytes; a larger file goes to disk
ENCODING = "utf-8-sig"  # with the mark without which Excel takes UTF-8 for the code page of its country
ABOUT = ("Campaign", "Id", "Channel", "Status", "Tags")


@staff_page
def campaigns_csv(request: PageRequest) -> FileResponse | HttpResponse:
    """Filters that cannot be used lead to the page, which names them."""
    now = timezone.now()
    asked = read(request, CAMPAIGNS, now)
    if asked.problems:
        return redirect(address(reverse("analytics:campaigns"), request.GET.urlencode()))
    file = _written(asked, now)
    exports.count(exports.CAMPAIGNS)
    return FileResponse(
        file, as_attachment=True, filename=_name(asked.scope.period), content_type="text/csv; charset=utf-8"
    )


def _name(period: Period) -> str:
    last = period.end - timedelta(days=1)
    return f"campaigns-{period.start}.csv" if last == period.start else f"campaigns-{period.start}-to-{last}.csv"


def _written(asked: Filters, now: datetime) -> IO[bytes]:
    file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  the response closes it
    text = TextIOWrapper(file, ENCODING, newline="")
    with snapshot():
        spreadsheets.writer(text).writerows(_lines(asked, now))
    text.detach()
    file.seek(0)
    return file


def _lines(asked: Filters, now: datetime) -> Iterator[Iterable[str | Value]]:
    """The headings, every campaign, the unattributed where they count, the total."""
    scope, names = asked.scope, asked.values["columns"]
    whole = by_channel(scope, names, now=now)
    yield *ABOUT, *(spreadsheets.text(_heading(name, scope.currency)) for name in names)
    for row in every_row(scope, names, ordering=asked.values["sort"] or "name", now=now):
        about = (row.name, row.external_id, row.channel, row.status, ", ".join(row.tags))
        yield *map(spreadsheets.text, about), *_figures(row.values)
    for nobody in (row for row in whole.rows if row.channel is None):
        yield "Unattributed", *[""] * (len(ABOUT) - 1), *_figures(nobody.values)
    yield "Total", *[""] * (len(ABOUT) - 1), *_figures(whole.total)


def _heading(name: str, currency: str) -> str:
    metric = BY_NAME[name]
    return f"{metric.label} ({currency})" if metric.unit is Unit.MONEY else metric.label


def _figures(values: Values) -> Iterator[str | Value]:
    """Exact, as the API writes them; what is unknown is an empty cell."""
    for value in values.values():
        yield f"{value:f}" if isinstance(value, Decimal) else value
