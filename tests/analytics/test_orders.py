"""Orders as shops export them on their way in: recognised, counted once, without unpaid ones; with ads, to ROAS."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from analytics import retrying, tasks, undoing, verify
from analytics.event_types import EventType
from analytics.fold import fold_inbox
from analytics.ingest import importing, looking, orders
from analytics.ingest.beginnings import Sample
from analytics.ingest.cells import LeftOut, Reading
from analytics.ingest.values import Rejection
from analytics.models import Campaign, ColumnMapping, DeadLetterRow, Event, ImportFile
from analytics.pages import import_form
from analytics.queries import kpis
from tests.analytics.imports import counts, rejected, run
from tests.analytics.test_import_pages import act, page, uploaded
from tests.analytics.test_uploads import ada
from tests.analytics.totals import NOW, asked

__all__ = ["ada"]
pytestmark = pytest.mark.django_db(transaction=True)
Bring = Callable[..., tuple[int, str]]

SHOPIFY = """Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Total,Discount Code,Created at,\
Lineitem quantity,Lineitem name,Lineitem price,Billing Name,Refunded Amount,Id,Source
#1001,ann@example.com,paid,2026-10-01 10:00:00 +0200,fulfilled,USD,90.00,100.00,FALL,2026-10-01 09:59:00 +0200,\
1,Hat,40.00,Ann,0.00,5001,web
#1001,ann@example.com,,,,,,,,2026-10-01 09:59:00 +0200,2,Scarf,25.00,,,,
#1002,bob@example.com,partially_refunded,2026-10-02 10:00:00 +0200,,USD,50.00,50.00,,2026-10-02 00:30:00 +0200,\
1,Hat,50.00,Bob,20.00,5002,web
#1003,cat@example.com,pending,,,USD,30.00,30.00,,2026-10-02 11:00:00 +0200,1,Hat,30.00,Cat,0.00,5003,web
#1004,dan@example.com,voided,,,USD,70.00,70.00,,2026-10-02 12:00:00 +0200,1,Hat,70.00,Dan,0.00,5004,web
"""
WOOCOMMERCE = """Order Number,Order Status,Order Date,Email (Billing),Order Total Amount,Payment Method Title,Item Name
201,Completed,2026-10-01 10:15,ann@example.com,120.50,Card,Hat
201,Completed,2026-10-01 10:15,ann@example.com,120.50,Card,Scarf
202,wc-processing,2026-10-02 23:30,bob@example.com,9.50,Card,Hat
203,Pending payment,2026-10-02 11:00,cat@example.com,30.00,Card,Hat
204,Cancelled,2026-10-02 12:00,dan@example.com,70.00,Card,Hat
205,Failed,2026-10-02 12:00,dan@example.com,70.00,Card,Hat
"""
STRIPE = """id,Created date (UTC),Amount,Amount Refunded,Currency,Customer ID,Customer Email,Description,Status,\
utm_campaign (metadata)
ch_1,2026-10-01 08:00:00,49.90,0.00,usd,cus_1,ann@example.com,Plan,Paid,fall
ch_2,2026-10-02 08:00:00,10.10,10.10,usd,cus_2,bob@example.com,Plan,Refunded,
ch_3,2026-10-02 09:00:00,99.00,0.00,usd,cus_3,cat@example.com,Plan,Failed,fall
"""
PLAIN = """Order ID,Order Date,Customer Email,Total,utm_campaign
A1,01/10/2026 12:00,ann@example.com,"1.200,50",roofs
A2,13/10/2026 12:00,bob@example.com,"99,50",roofs
A3,13/10/2026 12:00,cat@example.com,"10,00",hats
A4,13/10/2026 12:00,cat@example.com,"5,00",
"""
EXPORTS = {  # rows read, taken, left out; revenue
    "shopify": (SHOPIFY, 5, 2, 3, Decimal("150.00")),
    "woocommerce": (WOOCOMMERCE, 6, 2, 3, Decimal("130.00")),
    "stripe": (STRIPE, 3, 2, 1, Decimal("60.00")),
}


@pytest.fixture
def bring(tmp_path: Path) -> Bring:
    def bring(content: str, *options: str, each: str = "converted", command: str = "import_events") -> tuple[int, str]:
        path = tmp_path / "orders.csv"
        path.write_text(content)
        return run(path, *(("--type", each) if each else ()), *options, command=command)

    return bring


def figures(**scope: Any) -> dict[str, Any]:
    answer = kpis.summary(asked(**{"start": "2026-10-01", "end": "2026-11-01", **scope}), now=NOW)
    return {name: figure.value for name, figure in answer.figures.items()}


def seen(content: str, kind: str = "events", **how: Any) -> looking.Look:
    return looking.look(Sample(content.encode(), True), importing.BY_NAME[kind], **how)


def started(client: Client, content: str, **given: str) -> ImportFile:
    """Uploaded, and started as its form guesses but for what is `given`."""
    record = uploaded(client, content, "orders.csv")
    kind, look = import_form.recognise(Sample(content.encode(), True), {})
    columns = {f"column-{place}": look.mapping.get(theirs, "") for place, theirs in enumerate(look.header)}
    answer = act(client, record, "start", kind=kind.name, **columns | given)
    assert answer.status_code == 302, answer.content.decode()
    tasks.run_import()
    record.refresh_from_db()
    return record


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_gives_its_revenue_once_however_often_it_comes(bring: Bring, capsys: Any, name: str) -> None:
    content, read, taken, left_out, revenue = EXPORTS[name]
    assert bring(content) == (0, "")
    known = read - taken - left_out  # further rows of an order that say its total again
    assert counts() == (read, taken, known, 0)
    assert ImportFile.objects.latest("id").unreported == left_out
    assert f"{left_out} left out, no sale or refund" in capsys.readouterr().out
    assert figures()["revenue"] == revenue
    assert bring(content) == (0, "")
    assert counts() == (read, 0, taken + known, 0)
    assert (figures()["revenue"], figures()["conversions"]) == (revenue, taken)
    assert verify.differences() == []


@pytest.mark.parametrize("name", EXPORTS)
def test_the_form_recognises_an_export_and_brings_the_same(ada: Client, bring: Bring, name: str) -> None:
    content, read, taken, _, revenue = EXPORTS[name]
    form = page(ada, uploaded(ada, content, "orders.csv"))
    assert '<option value="events" selected>' in form
    assert '<option value="converted" selected>' in form
    assert "needed: order, occurred at, contact" in form
    assert 'id="missing"' not in form
    assert "ann@example.com" not in form
    record = started(ada, content)
    assert (record.state, record.read, record.taken) == ("done", read, taken)
    assert "No sale or refund, or a further line" in page(ada, record)
    assert figures()["revenue"] == revenue
    assert bring(content) == (0, "")
    assert counts()[1] == 0
    assert figures()["revenue"] == revenue


def test_an_export_that_overlaps_brings_what_is_new_alone(bring: Bring) -> None:
    header, *rows = WOOCOMMERCE.splitlines(keepends=True)
    bring(header + "".join(rows[:3]))
    bring(header + "".join(rows[2:]) + "206,Completed,2026-10-03 09:00,eve@example.com,20.00,Card,Hat\n")
    assert figures()["revenue"] == Decimal("150.00")
    paid_since = WOOCOMMERCE.replace("Pending payment", "Completed")
    bring(paid_since)
    assert figures()["revenue"] == Decimal("180.00")


def test_ads_and_orders_make_roas_by_campaign(bring: Bring, ada: Client) -> None:
    ads = (
        "Campaign report\nDay,Campaign,Currency code,Cost,Impr.\n2026-10-01,roofs,USD,100.00,10\n"
        "2026-10-02,hats,USD,20.00,5\n"
    )
    assert bring(ads, each="", command="import_costs") == (0, "")
    record = started(ada, PLAIN)
    assert (record.taken, record.rejected) == (4, 0)
    of = {one.external_id: figures(campaign=[one.external_id]) for one in Campaign.objects.all()}
    assert {name: (row["revenue"], row["cost"], row["roas"]) for name, row in of.items()} == {
        "roofs": (Decimal("1300.00"), Decimal("100.00"), pytest.approx(13)),
        "hats": (Decimal("10.00"), Decimal("20.00"), pytest.approx(0.5)),
    }
    assert figures()["revenue"] == Decimal("1315.00")
    assert verify.differences() == []


def test_what_was_refunded_is_the_same_file_once_more(bring: Bring, capsys: Any) -> None:
    bring(SHOPIFY)
    assert '"Refunded Amount" is not taken off; import the file once more' in capsys.readouterr().out
    for _ in range(2):
        assert bring(SHOPIFY, each="refunded") == (0, "")
        assert (figures()["revenue"], figures()["refunds"]) == (Decimal("150.00"), Decimal("20.00"))
    assert verify.differences() == []


def test_a_campaign_that_nobody_told_of_is_made_or_rejected(bring: Bring) -> None:
    status, _ = bring(PLAIN)
    assert (status, counts()) == (1, (4, 1, 0, 3))
    assert 'campaign: "roofs" is unknown; create it first (import_campaigns)' in rejected()[0][1]
    assert "have such campaigns made (--create-campaigns)" in rejected()[0][1]
    assert bring(PLAIN, "--create-campaigns") == (0, "")
    assert set(Campaign.objects.values_list("external_id", "channel", "is_stub")) == {
        ("roofs", "other", True),
        ("hats", "other", True),
    }
    assert figures()["revenue"] == Decimal("1315.00")


def test_a_rejected_order_is_kept_as_it_stands_and_read_anew(bring: Bring) -> None:
    bring(PLAIN)
    Campaign.objects.create(external_id="roofs", name="Roofs", channel="search")
    said = [retrying.retry_row(pk, timezone.now()) for pk in DeadLetterRow.objects.values_list("pk", flat=True)]
    assert [one if isinstance(one, str) else one.field for one in said] == ["accepted", "accepted", "campaign"]
    fold_inbox()
    assert figures()["revenue"] == Decimal("1305.00")
    assert bring(PLAIN)[0] == 1
    assert counts() == (4, 0, 3, 1)


def test_an_import_of_orders_is_undone_as_a_whole(bring: Bring) -> None:
    bring(STRIPE, "--create-campaigns")
    undoing.ask(ImportFile.objects.latest("id").pk, None, timezone.now())
    undoing.undo(ImportFile.objects.latest("id").pk, timezone.now())
    assert not Event.objects.exists()
    assert figures()["revenue"] == 0
    assert verify.differences() == []
    bring(STRIPE)
    assert figures()["revenue"] == Decimal("60.00")


def test_a_status_that_nobody_knows_is_rejected_and_told(bring: Bring) -> None:
    status, _ = bring(WOOCOMMERCE.replace("wc-processing", "Packed by hand").replace("Failed", ""))
    assert status == 1
    assert rejected() == [
        (line, "status: nobody knows whether it means paid; write paid or unpaid there") for line in (4, 7)
    ]
    assert figures()["revenue"] == Decimal("120.50")


def test_a_column_of_statuses_that_is_not_taken_counts_all(ada: Client) -> None:
    assert started(ada, WOOCOMMERCE, **{"column-1": ""}).taken == 5
    assert figures()["revenue"] == Decimal("300.00")


def test_rows_of_an_order_with_amounts_of_their_own_do_not_pass_for_known(bring: Bring) -> None:
    status, _ = bring("order,occurred_at,contact,amount\nA,2026-10-01,ann,10\nA,2026-10-01,ann,5\nB,2026-10-01,ann,1\n")
    assert (status, counts()) == (1, (3, 2, 0, 1))
    assert "another row of the same order says another one" in rejected()[0][1]


def test_times_without_a_zone_are_of_the_zone_that_is_said_else_of_the_reporting_one(
    bring: Bring, settings: Any, capsys: Any
) -> None:
    settings.REPORTING_TIME_ZONE = "Europe/Berlin"
    bring(WOOCOMMERCE)
    assert "Its times name no zone, so they are of the reporting one" in capsys.readouterr().out
    bring(WOOCOMMERCE, "--time-zone", "America/New_York", "--source", "woo")
    capsys.readouterr()
    bring(STRIPE)
    assert "name no zone" not in capsys.readouterr().out
    first = [datetime(2026, 10, 1, *clock, tzinfo=UTC) for clock in ((8, 0), (8, 15), (14, 15))]
    assert list(Event.objects.order_by("occurred_at").values_list("occurred_at", flat=True)[:3]) == first


@pytest.mark.parametrize(
    ("text", "order", "moment"),
    [
        ("2026-10-05 14:30:00 +0200", "", "2026-10-05T12:30:00+00:00"),
        ("2026-10-05T14:30:00Z", "", "2026-10-05T14:30:00+00:00"),
        ("2026-10-05 14:30:00 UTC", "", "2026-10-05T14:30:00+00:00"),
        ("10/5/2026 2:30 PM", "mdy", "2026-10-05T12:30:00+00:00"),
        ("10/5/2026  00:30:10", "mdy", "2026-10-04T22:30:10+00:00"),
        ("5.10.2026, 12:30 am", "", "2026-10-04T22:30:00+00:00"),
        ("Oct 5, 2026 14:30", "", "2026-10-05T12:30:00+00:00"),
        ("2026-10-05", "", "2026-10-04T22:00:00+00:00"),
        ("5/10/2026 25:00", "dmy", "5/10/2026 25:00"),
        ("5/10/2026 13:00 pm", "dmy", "5/10/2026 13:00 pm"),
        ("yesterday", "", "yesterday"),
    ],
)
def test_times_as_exports_write_them(text: str, order: str, moment: str) -> None:
    found = orders.read_time(text, order, "Europe/Berlin")
    assert (found.isoformat() if isinstance(found, datetime) else found) == moment


def test_a_day_that_could_be_two_is_asked(bring: Bring) -> None:
    text = "order,occurred_at,contact,amount\nA,03/04/2026 10:00,ann,10\n"
    assert bring(text)[0] == 1
    assert rejected() == [(2, "occurred_at: may have the day or the month first; say which (--dates dmy or mdy)")]
    assert bring(text, "--dates", "dmy") == (0, "")
    assert Event.objects.get().occurred_at == datetime(2026, 4, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "reading", "found"),
    [
        ({"amount": "", "order": "1"}, Reading("shopify", type="converted"), LeftOut.NOTHING),
        ({"amount": "", "order": "1", "status": "paid"}, Reading("shopify", type="converted"), ""),
        ({"amount": "5", "refunded": "-1.50"}, Reading(type="refunded"), "1.50"),
        ({"amount": "5", "refunded": "0.00"}, Reading(type="refunded"), LeftOut.NOTHING),
        ({"amount": "5", "status": "Refunded"}, Reading(type="refunded"), "5"),
        ({"amount": "5", "status": "Paid"}, Reading(type="refunded"), LeftOut.NOTHING),
        ({"amount": "€1.250,75", "refunded": "9"}, Reading(type="converted", decimal=","), "1250.75"),
        ({"status": "cancelled"}, Reading(type="unsubscribed"), None),
    ],
)
def test_what_a_row_says(row: dict[str, str], reading: Reading, found: object) -> None:
    said = orders.read_row(row, "", reading)
    assert not isinstance(said, Rejection)
    assert (said if isinstance(said, LeftOut) else said.get("amount")) == found


def test_rows_of_another_type_have_ids_of_their_own_or_of_an_order(bring: Bring) -> None:
    text = "message_id,occurred_at,email\nm1,2026-10-05 10:00,ann@example.com\nm2,2026-10-05 10:00,bob@example.com\n"
    assert "The header lacks order." in bring(text, each="unsubscribed")[1]
    assert bring(text, "--map", "message_id=event_id", each="unsubscribed") == (0, "")
    assert set(Event.objects.values_list("type", flat=True)) == {EventType.UNSUBSCRIBED}
    assert counts() == (2, 2, 0, 0)


def test_a_type_that_was_told_is_remembered_for_a_header_that_tells_none(bring: Bring) -> None:
    text = "No,When,Who,Sum\nA,2026-10-01,ann,10\n"
    given = ("--map", "No=order,When=occurred_at,Who=contact,Sum=amount")
    assert bring(text, *given, each="refunded") == (0, "")
    assert seen(text).reading.type == "refunded"
    assert (seen(text).mapping["Sum"], seen(text).remembered) == ("amount", True)
    assert bring(SHOPIFY, each="refunded") == (0, "")
    assert seen(SHOPIFY).reading.type == "converted"
    bring(STRIPE)
    assert ColumnMapping.objects.count() == 2


def test_files_of_other_kinds_stay_what_they_are() -> None:
    events = "event_id,type,occurred_at,contact,order,amount,status\n1,converted,2026-10-05,a,o,5,shipped\n"
    for content, kind in (
        (events, "events"),
        ("campaign,date,amount,source\nA,2026-10-05,1,ads\n", "costs"),
        ("campaign,name,channel\na,A,email\n", "campaigns"),
    ):
        found, look = import_form.recognise(Sample(content.encode(), True), {})
        assert (found.name, look.reading.type) == (kind, "")
    assert "status" not in seen(events).mapping


def test_what_each_row_is_must_be_said_once(bring: Bring, ada: Client) -> None:
    typed = "type,order,occurred_at,contact,amount\nconverted,A,2026-10-01,ann,10\n"
    assert "--type: a column of the file says it" in bring(typed)[1]
    assert "say what each row is, such as --type converted for an order" in bring(PLAIN, each="")[1]
    assert "--currency: say the type of all rows, too" in bring(PLAIN, "--currency", "EUR", each="")[1]
    columns = {"column-0": "order", "column-1": "occurred_at", "column-2": "contact", "column-3": "amount"}
    for given, says in (
        ({"type": ""}, "Choose what each row is, or the column that says it."),
        ({"type": "sold"}, "Choose one of the list."),
        ({"column-4": "type"}, "A column says it"),
        ({"column-0": ""}, "No column is order; choose which one is."),
    ):
        refused = act(
            ada, uploaded(ada, PLAIN, "o.csv"), "start", kind="events", **columns | {"type": "converted"} | given
        )
        assert refused.status_code == 400
        assert says in refused.content.decode()
        ImportFile.objects.all().delete()
