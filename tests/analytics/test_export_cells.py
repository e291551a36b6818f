"""Cells and headers as platforms write them, case by case; and that no bytes whatever get through as an error."""

import gzip
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analytics.ingest import beginnings, cells, chunks, columns, costs, files, headers, importing, looking
from analytics.ingest.beginnings import Sample
from analytics.ingest.cells import LeftOut, Reading
from analytics.ingest.files import BrokenFile
from analytics.ingest.values import Rejection
from tests.analytics.exports import GOOGLE_TEXT, REPORTS

GOOGLE = Reading("google_ads", adds=True, creates=True)
META = Reading("meta", adds=True, creates=True)


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [
        ("12", ".", "12"),
        ("1,234", ".", "1234"),
        ("1,020.50", ".", "1020.50"),
        ("1,23,456.00", ".", "123456.00"),
        ("1 234.5", ".", "1234.5"),
        ("1'234.50", ".", "1234.50"),
        ("1.234,56", ",", "1234.56"),
        ("12.345", ",", "12345"),
        ("1\u202f020,50", ",", "1020.50"),
        ("1\u00a0020,50", ",", "1020.50"),
        ("1 020,50", ",", "1020.50"),
        ("-12,50", ",", "-12.50"),
        ("CA$12.34", ".", "12.34"),
        ("12,34 €", ",", "12.34"),
        ("€ 24.657,70", ",", "24657.70"),
        ("CHF 1’234.50", ".", "1234.50"),
        ("12.34 USD", ".", "12.34"),
        ("-1.50", ".", "-1.50"),
        ("\u22121.50", ".", "-1.50"),
        ("\u200e-1,50\u00a0€", ",", "-1.50"),
        ("(1.50)", ".", "-1.50"),
        ("( 1,234.50 )", ".", "-1234.50"),
        ("1.50-", ".", "-1.50"),
        ("1.234,50-", ",", "-1234.50"),
        ("-$1.50", ".", "-1.50"),
        ("$-1.50", ".", "-1.50"),
        ("($1.50)", ".", "-1.50"),
        ("$(1.50)", ".", "-1.50"),
        ("(1.50) USD", ".", "-1.50"),
        ("-1,50 €", ",", "-1.50"),
        ("−€1,50", ",", "-1.50"),
        ("1,50- €", ",", "-1.50"),
        ("1,50 €-", ",", "-1.50"),
        ("USD -1.50", ".", "-1.50"),
        ("-0.00", ".", "-0.00"),  # the door makes it 0
        ("(-1.50)", ".", "(-1.50)"),  # the door refuses what bears two signs
        ("--1.50", ".", "--1.50"),
        ("-1.50-", ".", "-1.50-"),
        ("(1,50", ",", "(1,50"),
        ("1.50 -", ",", None),
        ("12,50 kr.", ",", "12.50"),
        ("1 234,50 zł", ",", "1234.50"),
        ("0.000000001", ".", "0.000000001"),
        ("", ",", ""),
        ("1.5", ",", None),  # the door would take it for one and a half
        ("1.2345", ",", None),
        ("12,34", ".", None),  # with the other sign it is one
        ("1.234,50 €", ".", None),
        ("1,23,4", ".", "1,23,4"),  # the door refuses it
        ("twelve", ",", "twelve"),
        ("twelve", ".", "twelve"),
    ],
)
def test_a_number_is_read_as_the_file_writes_numbers(text: str, decimal: str, number: str | None) -> None:
    assert cells.read_number(text, decimal) == number


@pytest.mark.parametrize(
    ("texts", "decimal"),
    [
        (["12.34", "1,020.50"], "."),
        (["12,34", "1 020,50"], ","),
        (["24.657,70", "1,234"], ","),
        (["0.57", "1,234"], "."),
        (["1,234,567"], "."),
        (["1.234.567"], ","),
        (["1234.567"], "."),
        (["0,123"], ","),
        (["12", "1,234"], ""),
        (["1.234"], ""),
        ([], ""),
        (["--", "abc"], ""),
        (["10,50 kr."], ","),
    ],
)
def test_numbers_tell_what_stands_before_their_decimals(texts: list[str], decimal: str) -> None:
    assert cells.decimal_of(texts) == decimal


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2026-09-01", "", "2026-09-01"),
        ("2026-09-01 00:00:00", "", "2026-09-01"),
        ("2026-09-01T00:00:00Z", "", "2026-09-01"),
        ("20260901", "", "2026-09-01"),
        ("2026/9/1", "", "2026-09-01"),
        ("01.09.2026", "", "2026-09-01"),
        ("01/09/2026", "dmy", "2026-09-01"),
        ("9/1/2026", "mdy", "2026-09-01"),
        ("9/9/2026", "", "2026-09-09"),
        ("Sep 1, 2026", "", "2026-09-01"),
        ("September 1, 2026", "", "2026-09-01"),
        ("9/1/2026", "", None),
        ("13/13/2026", "dmy", None),
        ("2026-02-31", "", None),
        ("2026-09-01 12:00", "", None),
        ("Week 36", "", None),
        ("Foo 1, 2026", "", None),
        ("", "", None),
    ],
)
def test_a_day_is_read_in_every_form_that_is_only_one(text: str, order: str, day: str | None) -> None:
    found = cells.read_date(text, order)
    assert (found and found.isoformat()) == day


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["13/09/2026", "03/09/2026"], "dmy"),
        (["09/13/2026", "03/09/2026"], "mdy"),
        (["01.09.2026"], "dmy"),
        (["03/04/2026"], ""),
        (["13/09/2026", "09/13/2026"], ""),
        (["2026-09-01"], ""),
    ],
)
def test_one_day_that_can_be_only_one_tells_the_order_of_all(texts: list[str], order: str) -> None:
    assert cells.order_of(texts) == order


@pytest.mark.parametrize(
    ("label", "is_total"),
    [
        ("Total: Account", True),
        ("Total: Campaigns", True),
        ("Total : compte", True),
        ("Total\u00a0: compte", True),
        ("Gesamt: Konto", True),
        ("total", True),
        ("Grand total", True),
        ("Summe", True),
        ("الإجمالي", True),
        ("Ergebnisse aus 4 Kampagnen", True),
        ("Results from 12 campaigns", True),
        ("Total of 2 results", True),
        ("Total of 1,204 results", True),
        ("Overall total - 2 campaigns", True),
        ("Deleted items total", True),
        ("Overall total", True),
        ("Total of us", False),
        ("Total - 2", False),
        ("Deleted items", False),
        ("Total Rewards Brand", False),
        ("Gesamtpaket Brand", False),
        ("Totally", False),
        ("", False),
    ],
)
def test_what_is_called_a_total_is_one(label: str, is_total: bool) -> None:
    assert cells.is_total_label(label) is is_total


ROW = {"campaign": "A", "date": "2026-09-01", "amount": "1.50", "clicks": "3"}


@pytest.mark.parametrize(
    ("change", "label", "reading", "result"),
    [
        ({}, "2026-09-01", GOOGLE, {"amount": "1.50"}),
        ({"campaign": "Total: Account", "date": ""}, "", GOOGLE, LeftOut.TOTAL),
        ({"campaign": "--", "date": "--"}, "Total: Search", GOOGLE, LeftOut.TOTAL),
        ({"campaign": "Total: shoes"}, "Enabled", GOOGLE, {"campaign": "Total: shoes"}),
        ({"campaign": "", "date": ""}, "", GOOGLE, LeftOut.TOTAL),
        ({"campaign": ""}, "2026-09-01", META, LeftOut.TOTAL),
        ({"campaign": ""}, "2026-09-01", Reading(), {"campaign": ""}),
        ({"campaign": "Total", "last_day": "2026-09-30"}, "", META, LeftOut.TOTAL),
        ({"last_day": "2026-09-30"}, "", META, "date"),
        ({"last_day": "2026-09-01"}, "", META, {"date": "2026-09-01"}),
        ({"amount": " --", "clicks": "--"}, "", GOOGLE, LeftOut.NOTHING),
        ({"amount": "--", "clicks": "0"}, "", GOOGLE, LeftOut.NOTHING),
        ({"amount": "--", "clicks": "3"}, "", GOOGLE, {"amount": ""}),  # the door asks for the amount
        ({"amount": "", "clicks": ""}, "", Reading(), {"amount": ""}),
        ({"amount": "0.00", "clicks": "--"}, "", GOOGLE, {"amount": "0.00", "clicks": ""}),
        ({"amount": "1.50"}, "", Reading("google_ads", ","), "amount"),
        ({"date": "03/04/2026"}, "", GOOGLE, "date"),
        ({"date": "never"}, "", GOOGLE, {"date": "never"}),
        ({"campaign": "[12345]"}, "", GOOGLE, {"campaign": "12345"}),
        ({"campaign": "[Brand]"}, "", GOOGLE, {"campaign": "[Brand]"}),
        ({"campaign": "--", "campaign_name": "Name"}, "", GOOGLE, {"campaign": "Name"}),
        ({}, "", Reading(currency="EUR", time_zone="UTC"), {"currency": "EUR", "time_zone": "UTC"}),
        ({"currency": "JPY"}, "", Reading(currency="EUR"), {"currency": "JPY"}),
    ],
)
def test_a_row_is_a_cost_a_total_or_told_what_is_wrong_with_it(
    change: dict[str, str], label: str, reading: Reading, result: Any
) -> None:
    found = cells.read_costs(ROW | change, label, reading)
    if isinstance(result, dict):
        assert isinstance(found, dict), found
        assert found.items() >= result.items()
    else:
        assert (found.field if isinstance(found, Rejection) else found) == result


@pytest.mark.parametrize(
    ("amount", "said", "usual", "currency"),
    [
        ("10.50", "", "USD", ""),
        ("10.50", "EUR", "USD", "EUR"),
        ("€10.50", "", "USD", "EUR"),
        ("10,5 €", "", "USD", "EUR"),
        ("£10.50", "", "USD", "GBP"),
        ("EUR 7", "", "USD", "EUR"),
        ("GBP 7", "", "EUR", "GBP"),
        ("7 CHF", "", "EUR", "CHF"),
        ("US$1,000.50", "", "EUR", "USD"),
        ("A$1", "", "USD", "AUD"),
        ("CA$1", "", "USD", "CAD"),
        ("USD$1", "", "CAD", "USD"),
        ("$1 USD", "", "CAD", "USD"),
        ("$1", "", "CAD", "CAD"),
        ("$1", "AUD", "EUR", "AUD"),
        ("¥100", "", "JPY", "JPY"),
        ("100 kr", "", "SEK", "SEK"),
        ("100 kr.", "DKK", "USD", "DKK"),
        ("€1", "eur", "USD", "eur"),
        ("€1", "Euro", "USD", "Euro"),  # the door refuses it
        ("$1", "", "EUR", 'currency: "$" may be'),
        ("¥100", "", "USD", 'currency: "¥" may be'),
        ("100 kr", "", "EUR", 'currency: "kr" may be'),
        ("€1", "USD", "USD", 'amount: "€" is not USD'),
        ("US$1", "CAD", "USD", 'amount: "US$" is not CAD'),
        ("$1", "EUR", "USD", 'amount: "$" is not EUR'),
        ("¥100", "SEK", "USD", 'amount: "¥" is not SEK'),
        ("$1 EUR", "", "USD", 'amount: "$" and "EUR" names no'),
        ("ABC 7", "", "USD", 'amount: "ABC" names no'),
        ("QQ$7", "", "USD", 'amount: "QQ$" names no'),
        ("twelve", "", "USD", ""),
        ("-€1", "", "USD", "EUR"),
        ("(1.50 €)", "", "USD", "EUR"),
        ("(US$1)", "", "EUR", "USD"),
        ("€ 1,50-", "", "USD", "EUR"),
        ("$(1)", "EUR", "USD", 'amount: "$" is not EUR'),
    ],
)
def test_what_stands_beside_an_amount_is_its_currency(amount: str, said: str, usual: str, currency: str) -> None:
    found = cells.currency_of(amount, said, usual)
    if isinstance(found, Rejection):
        assert found.reason.startswith(currency)
        assert ":" in currency
    else:
        assert found == currency


@pytest.mark.parametrize(
    ("header", "platform", "currency"),
    [
        *(
            (
                report.text.splitlines()[line].replace("\t", ",").replace(";", ",").replace('"', ""),
                report.platform,
                None,
            )
            for name, line in [("google", 2), ("google, German", 2), ("google, French", 2), ("meta", 0), ("tiktok", 0)]
            for report in [REPORTS[name]]
        ),
        ("Campaign,Cost (USD),Avg. CPC", "google_ads", "USD"),
        ("Campaign name,Amount spent (EGP),Clicks (all)", "meta", "EGP"),
        ("Campaign name,Cost (JPY),Clicks (Destination)", "tiktok", "JPY"),
        ("campaign,date,amount,source", "", ""),
        ("Campaign,Cost,Day", "", ""),  # anybody's
        ("Campaign,Avg. cost,Cost / conv.,Impr.", "", ""),
        ("Foo,Bar", "", ""),
    ],
)
def test_a_header_tells_whose_export_it_is(header: str, platform: str, currency: str | None) -> None:
    found = headers.recognise(header.split(","))
    assert (found.platform if found else "") == platform
    if currency is not None:
        assert (found.currency if found else "") == currency


def test_clicks_on_links_go_before_all_clicks_and_albania_s_money_is_in_neither() -> None:
    found = headers.recognise(["Campaign name", "Amount spent (ALL)", "Clicks (all)", "Link clicks"])
    assert found is not None
    assert (found.mapping["Link clicks"], found.currency) == ("clicks", "ALL")
    assert "Clicks (all)" not in found.mapping


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"a,b\n", "utf-8"),
        ("ä,b\n".encode(), "utf-8"),
        ("ä,b\n".encode("utf-8-sig"), "utf-8"),
        ("ä,b\n".encode("cp1252"), "cp1252"),
        (b"\x81,b\n", "latin-1"),
        ("ä,b\n".encode("utf-16"), "utf-16-le"),
        (b"\xfe\xff" + "a,b\n".encode("utf-16-be"), "utf-16-be"),
        ("Day,Campaign\n".encode("utf-16-le"), "utf-16-le"),
        ("Day,Campaign\n".encode("utf-16-be"), "utf-16-be"),
        (b"", "utf-8"),
    ],
)
def test_what_a_text_is_written_in_shows_by_its_bytes(content: bytes, encoding: str) -> None:
    assert beginnings.encoding_of(Sample(content, True)) == encoding


def test_a_character_that_the_sample_cuts_in_two_is_no_fault() -> None:
    content = ("campaign\n" + "ä" * beginnings.SAMPLE).encode()[: beginnings.SAMPLE]
    assert beginnings.encoding_of(Sample(content, False)) == "utf-8"


def test_rows_before_a_wrong_byte_of_utf_16_be_are_read_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"\xfe\xff" + ("a,b\n" * 100_000).encode("utf-16-be") + b"\xd8\x00\x00\x41")
    rows = files.rows(files.Lines(files.OnDisk(path), "utf-16"), ",")
    assert all(next(rows)[1] == ["a", "b"] for _ in range(100_000))
    with pytest.raises(BrokenFile):
        next(rows)


BYTES = st.one_of(
    st.binary(max_size=300),
    st.builds(
        lambda text, encoding: text.encode(encoding, "replace"),
        st.lists(
            st.sampled_from(
                [*"0123456789,;\t|\"\n\r .-#äé\0", "Campaign", "Day", "Cost", "Impr.", "Total", "--", "2026-09-01",
                 "Campaign name", "Amount spent (USD)", "Reporting starts", "Reporting ends", "1.234,56", "EUR"]
            ),
            max_size=80,
        ).map("".join),
        st.sampled_from(["utf-8", "cp1252", "utf-16", "utf-16-be"]),
    ),
    st.binary(max_size=100).map(lambda tail: gzip.compress(GOOGLE_TEXT.encode())[:-9] + tail),
    st.tuples(st.binary(max_size=20), st.integers(0, 400)).map(
        lambda drawn: GOOGLE_TEXT.encode()[: drawn[1]] + drawn[0] + GOOGLE_TEXT.encode()[drawn[1] :]
    ),
)  # fmt: skip


@pytest.mark.django_db
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(BYTES, st.sampled_from([kind.name for kind in importing.KINDS]), st.sampled_from(["", *headers.BY_NAME]))
@example(b"\x1f\x8b", "costs", "")
@example(b"PK\x03\x04", "costs", "")
def test_no_bytes_whatever_are_an_error_of_ours(content: bytes, name: str, platform: str) -> None:
    kind = importing.BY_NAME[name]
    try:
        seen = looking.look(Sample(content, True), kind, platform=platform if name == "costs" else "")
    except BrokenFile:
        return
    request = importing.Request(
        Sample(content, True), kind, "x", seen.mapping, seen.encoding, seen.delimiter, seen.header_line, seen.reading
    )
    try:
        read_all(request)
    except BrokenFile:
        return


def read_all(request: importing.Request) -> None:
    """All rows as an import reads them, up to the door."""
    lines = files.Lines(request.file, request.encoding)
    lines.skip_to(request.header_line - 1)
    rows = files.rows(lines, request.delimiter)
    header = importing._header(rows)
    matched: columns.Columns = importing._matched(request, header, request.mapping)
    layout = chunks.Layout(matched, request.cells, request.reading)
    now = datetime(2026, 11, 15, tzinfo=UTC)
    while True:
        chunk, broken = chunks.read(lines, rows, layout, importing.CHUNK_ROWS, importing.CHUNK_BYTES)
        for item in chunk.items if request.kind.name == "costs" else ():
            found = costs.parse_cost(item, today=date(2026, 11, 15), reporting_currency="USD", source="x")
            assert isinstance(found, Rejection) or found.date <= now.date().replace(day=16)
        if broken or not chunk.rows:
            return
