"""Rejected rows that are downloaded, mended and imported again: what was not mended comes back as it was."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import tasks
from analytics.ingest import dead_letters, files
from analytics.ingest.dead_letters import Rejected
from analytics.ingest.files import Lines
from analytics.ingest.values import Rejection
from analytics.models import Campaign, CampaignCost, ImportFile
from analytics.pages.rejected_csv import _text
from tests.analytics.test_import_pages import act, uploaded
from tests.analytics.test_uploads import ada
from tests.analytics.test_ways_out import Held

__all__ = ["ada"]
pytestmark = pytest.mark.django_db
NAMES = ("campaign", "name", "=odd")
State = ImportFile.State
cell = st.text(st.sampled_from("'=+-@\t\r\n＝0.,;\"x"), max_size=6) | st.text(max_size=12)


def downloaded(record: ImportFile) -> bytes:
    return "".join(_text(record, with_cells=True)).encode()


@given(st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cells_come_back_as_they_were(rows: list[tuple[str, ...]]) -> None:
    options = {"header": NAMES, "mapping": {}}
    record = ImportFile.objects.create(name="x.csv", kind="campaigns", state=State.DONE, options=options)
    wrong = Rejection("name", "=name: is wrong")
    rejected = [Rejected(line, dict(zip(NAMES, row, strict=True)), wrong) for line, row in enumerate(rows, 2)]
    dead_letters.keep(rejected, source="x", at=timezone.now(), import_file=record.pk)
    back = [cells for _, cells in files.rows(Lines(Held(downloaded(record)), "utf-8"), ",")]
    assert [cells[3:] for cells in back if isinstance(cells, list)] == [list(NAMES), *map(list, rows)]


def test_a_file_of_somebody_else_keeps_its_apostrophes() -> None:
    content = b"campaign,name\n'-5,'=x\n"
    assert list(files.rows(Lines(Held(content), "utf-8"), ","))[1] == (2, ["'-5", "'=x"])


def imported(client: Client, content: str, **columns: str) -> ImportFile:
    record = uploaded(client, content)
    header = next(csv.reader(io.StringIO(content.removeprefix("\ufeff"))))
    places = {f"column-{place}": name if name in columns["fields"].split() else "" for place, name in enumerate(header)}
    assert act(client, record, "start", kind=columns["kind"], **places).status_code == 302
    tasks.run_import()
    record.refresh_from_db()
    return record


@pytest.mark.django_db(transaction=True)
def test_credits_and_odd_ids_that_were_rejected_count_as_they_were_once_they_are_mended(ada: Client) -> None:
    Campaign.objects.create(external_id="a", name="A", channel="search")
    costs: dict[str, Any] = {"kind": "costs", "fields": "campaign date amount source item"}
    first = imported(
        ada,
        "campaign,date,amount,source,item\na,2026-10-01,10,x,=x\n-minus,2026-10-01,-5.00,x,@at\n"
        "-minus,2026-10-02,+3.00,x,'=x\n",
        **costs,
    )
    assert (first.taken, first.rejected) == (1, 2)
    Campaign.objects.create(external_id="-minus", name="Minus", channel="search")
    again = imported(ada, downloaded(first).decode(), **costs)
    assert (again.taken, again.rejected) == (2, 0)
    kept = CampaignCost.objects.filter(campaign__external_id="-minus").order_by("date")
    assert list(kept.values_list("amount", "item")) == [(Decimal(-5), "@at"), (Decimal(3), "'=x")]


@pytest.mark.django_db(transaction=True)
def test_what_is_rejected_of_rejected_rows_comes_back_with_the_columns_of_its_first_file(ada: Client) -> None:
    campaigns: dict[str, Any] = {"kind": "campaigns", "fields": "campaign name channel reason"}
    first = imported(ada, "campaign,name,channel,reason\n+plus,Plus,email,=why\n-minus,Minus,smoke,why\n", **campaigns)
    assert (first.taken, first.rejected) == (1, 1)
    again = imported(ada, downloaded(first).decode(), **campaigns)
    assert again.rejected == 1
    (header, row) = csv.reader(io.StringIO(downloaded(again).decode("utf-8-sig")))
    assert header == ["Line", "Field", "Reason", "campaign", "name", "channel", "reason"]
    assert row[3:] == ["'-minus", "Minus", "smoke", "why"]
    mended = imported(ada, downloaded(again).decode().replace("smoke", "email"), **campaigns)
    assert (mended.taken, mended.rejected) == (1, 0)
    assert set(Campaign.objects.values_list("external_id", flat=True)) == {"+plus", "-minus"}
