"""Reports of ad platforms on their way in: recognised, read, added up, and the same after a second import."""

import gzip
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from analytics import verify
from analytics.ingest import beginnings, files, importing, looking
from analytics.ingest.beginnings import Sample
from analytics.ingest.cells import Reading
from analytics.ingest.files import BrokenFile
from analytics.models import Campaign, CampaignCost, CampaignDaily, ColumnMapping, ImportFile
from analytics.queries import kpis
from tests.analytics.exports import GOOGLE_TEXT, REPORTS, Report, Sums
from tests.analytics.imports import rejected, run
from tests.analytics.totals import NOW, asked

pytestmark = pytest.mark.django_db
Bring = Callable[..., tuple[int, str]]
DAY = date(2026, 9, 1)


@pytest.fixture
def bring(tmp_path: Path) -> Bring:
    def bring(content: str | bytes, *options: str) -> tuple[int, str]:
        path = tmp_path / "report.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return run(path, *options, command="import_costs")

    return bring


def kept() -> Sums:
    """What the costs say by campaign, days added up, as the reports' `sums` have it."""
    sums: dict[str, list[Any]] = {}
    for cost in CampaignCost.objects.select_related("campaign"):
        conversions = None if cost.conversions is None else cost.conversions + cost.conversion_fraction
        row = (cost.amount, cost.impressions, cost.clicks, conversions)
        before = sums.setdefault(cost.campaign.external_id, [None] * 4)
        for place, value in enumerate(row):
            if value is not None:
                before[place] = (before[place] or 0) + value
    return {name: (_plain(row[0]), row[1], row[2], _plain(row[3])) for name, row in sums.items()}  # type: ignore[misc]


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_gives_its_sums_once_however_often_it_comes(bring: Bring, capsys: Any, name: str) -> None:
    report = REPORTS[name]
    assert bring(report.content) == (0, "")

    assert kept() == report.sums
    assert set(CampaignCost.objects.values_list("source", "item", "currency", "time_zone")) == {
        (report.platform, "", report.currency or "USD", report.time_zone)
    }
    assert CampaignCost.objects.values("date").distinct().count() == report.days
    record = ImportFile.objects.get()
    assert (record.totals, record.unreported, record.rejected) == (*report.left_out, 0)
    assert set(Campaign.objects.values_list("external_id", "name")) >= set(report.campaigns.items())
    assert set(Campaign.objects.values_list("is_stub", "channel")) == {(True, channel_of(report))}
    capsys.readouterr()

    assert bring(report.content) == (0, "")
    assert kept() == report.sums
    assert ImportFile.objects.latest("id").taken == 0
    assert verify.differences() == []


def channel_of(report: Report) -> str:
    return "search" if report.platform in ("google_ads", "microsoft") else "social"


@pytest.mark.parametrize("name", REPORTS)
def test_a_restated_day_replaces_and_never_adds(bring: Bring, name: str) -> None:
    report = REPORTS[name]
    bring(report.content)
    before = dict(CampaignCost.objects.values_list("id", "amount"))
    digit = re.compile(r"(?<![\d.,])0[.,]10(?!\d)|(?<![\d.,])5[.,]00(?!\d)|(?<![\d.,\u202f])[19]{1,3}[.,]\d\d?(?!\d)")
    restated = digit.sub(lambda found: "7" + found[0], report.text)
    bring(Report(restated, report.platform, {}, encoding=report.encoding).content)

    assert set(dict(CampaignCost.objects.values_list("id", "amount"))) == set(before)
    day_totals = CampaignDaily.objects.filter(basis=0).values_list("cost", flat=True)
    if report.currency in ("USD", ""):
        assert sum(day_totals) == sum(CampaignCost.objects.values_list("amount", flat=True))
    assert verify.differences() == []


def test_totals_keep_fractions_of_conversions_and_show_their_sum_whole(bring: Bring) -> None:
    lines = [f"2026-09-{day:02d},A,USD,1,{'0.40' if day < 30 else '0.10'}\n" for day in range(1, 31)]
    bring("Day,Campaign,Currency code,Cost,Conversions\n" + "".join(lines))

    days = CampaignDaily.objects.filter(basis=1)
    assert set(days.values_list("platform_conversions", "platform_fraction")) == {
        (0, Decimal("0.4")),
        (0, Decimal("0.1")),
    }
    answer = kpis.summary(asked(start="2026-09-01", end="2026-10-01"), now=NOW)
    assert answer.figures["platform_conversions"].value == 12  # 11.7
    bring("Day,Campaign,Currency code,Cost,Conversions\n2026-09-30,A,USD,1,2.75\n2026-09-29,A,USD,1,0.25\n")
    assert sum(days.values_list("platform_conversions", flat=True)) == 2
    assert (
        kpis.summary(asked(start="2026-09-01", end="2026-10-01"), now=NOW).figures["platform_conversions"].value == 14
    )
    assert verify.differences() == []


def test_rows_of_one_file_add_up_across_its_chunks(bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK_ROWS", 2)
    report = REPORTS["google, by device"]
    for _ in range(2):
        bring(report.content)
        assert kept() == report.sums
        assert verify.differences() == []


def test_another_cut_of_the_same_days_replaces_the_segments(bring: Bring) -> None:
    bring(REPORTS["google, by device"].content)
    bring("Day,Campaign,Currency code,Cost,Impr.\n2026-09-01,Roofs,USD,15.25,156\n")
    assert dict(CampaignCost.objects.values_list("date", "amount")) == {DAY: Decimal("15.25"), date(2026, 9, 2): 1}


def test_rows_of_one_day_in_two_currencies_are_not_added(bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Day,Campaign,Currency code,Cost\n2026-09-01,A,USD,1\n2026-09-01,A,EUR,2\n2026-09-01,A,USD,4\n"
    for rows in (10, 1):
        monkeypatch.setattr(importing, "CHUNK_ROWS", rows)
        assert bring(text)[0] == 1
        assert kept() == {"A": ("5", None, None, None)}
    assert [line for line, reason in rejected() if "another currency" in reason] == [3, 3]


def test_what_is_told_of_a_campaign_later_makes_the_stub_whole(bring: Bring) -> None:
    Campaign.objects.create(external_id="22222222222", name="Ours", channel="display")
    bring(GOOGLE_TEXT)
    assert dict(Campaign.objects.values_list("name", "is_stub")) == {
        "Ours": False,
        "Boots, hats | autumn & winter": True,
    }


def test_a_campaign_named_like_somebody_s_address_becomes_no_stub(bring: Bring) -> None:
    assert bring("Day,Campaign,Currency code,Cost\n2026-09-01,ada@example.com,USD,1\n")[0] == 1
    named = "Day,Campaign ID,Campaign,Currency code,Cost\n2026-09-01,7,For ada@example.com,USD,1\n"
    assert bring(named)[0] == 1
    assert {reason for _, reason in rejected()} == {
        "campaign: is unknown and looks like somebody's address, so it is not created; give it another id or name"
    }
    assert not Campaign.objects.exists()


def test_plain_files_reject_unknown_campaigns_unless_told(bring: Bring) -> None:
    text = "campaign;date;amount;currency;clicks\nA;05.10.2026;1.234,50;EUR;1.000\n"
    assert bring(text, "--source", "agency")[0] == 1
    assert "unknown" in rejected()[0][1]
    assert bring(text, "--source", "agency", "--create-campaigns") == (0, "")
    assert kept() == {"A": ("1234.5", None, 1_000, None)}
    assert Campaign.objects.get().channel == "other"


def test_of_a_plain_file_the_last_row_holds_unless_rows_add_up(bring: Bring, capsys: Any) -> None:
    text = "campaign,date,amount,source\nA,2026-10-05,1,x\nA,2026-10-05,2,x\n"
    bring(text, "--create-campaigns")
    assert kept() == {"A": ("2", None, None, None)}
    assert "1 replaced by later ones" in capsys.readouterr().out
    bring(text, "--add-up")
    assert kept() == {"A": ("3", None, None, None)}


RANGE = "Campaign report\nSeptember 2026\nCampaign,Currency code,Avg. cost,Cost,Cost / conv.\nA,USD,1.10,990.00,33.00\n"


@pytest.mark.parametrize(
    "text",
    [
        RANGE,
        "Week,Campaign,Currency code,Cost\n2026-08-31,A,USD,70.00\n",
        "Reporting starts,Reporting ends,Campaign name,Amount spent (USD)\n2026-09-01,2026-09-30,A,10\n",
        "campaign,amount,source\nA,1,x\n",
    ],
)
def test_a_report_without_a_day_is_refused_with_the_way_out(bring: Bring, capsys: Any, text: str) -> None:
    status, error = bring(text)
    assert status == 1
    assert "has no day" in error
    assert "--day" in error
    assert not CampaignCost.objects.exists()

    assert bring(text, "--day", "2026-09-30", "--create-campaigns") == (0, "")
    assert CampaignCost.objects.get().date == date(2026, 9, 30)
    assert "booked on 2026-09-30" in capsys.readouterr().out


def test_cost_is_taken_and_no_average_of_it(bring: Bring) -> None:
    bring(RANGE, "--day", "2026-09-30")
    assert kept() == {"A": ("990", None, None, None)}


def test_a_day_for_a_report_that_has_days_is_refused(bring: Bring) -> None:
    assert "Leave the day out (--day)" in bring(GOOGLE_TEXT, "--day", "2026-09-30")[1]


def test_a_row_of_several_days_among_rows_of_one_is_rejected(bring: Bring) -> None:
    header = "Reporting starts,Reporting ends,Campaign name,Amount spent (USD),Padding\n"
    rows = [f"2026-09-01,2026-09-01,A,0.01,{'x' * 1_000}\n"] * 400
    assert bring(header + "".join(rows) + "2026-09-01,2026-09-30,A,5,\n")[0] == 1
    assert kept() == {"A": ("4", None, None, None)}
    assert "several days" in rejected()[0][1]


def test_days_that_could_be_two_are_refused_until_it_is_said_which(bring: Bring) -> None:
    text = "Day,Campaign,Currency code,Cost\n03/04/2026,A,USD,12.34\n04/03/2026,A,USD,1.00\n"
    assert bring(text)[0] == 1
    assert "--dates dmy or mdy" in rejected()[0][1]
    assert bring(text, "--dates", "mdy") == (0, "")
    assert set(CampaignCost.objects.values_list("date", flat=True)) == {date(2026, 3, 4), date(2026, 4, 3)}


def test_a_workbook_is_refused_whatever_its_name(bring: Bring) -> None:
    status, error = bring(b"PK\x03\x04\x14\x00\x06\x00")
    assert (status, "Excel workbook" in error, "save it as CSV" in error) == (1, True, True)
    assert "Excel workbook" in bring(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")[1]


def test_a_platform_can_be_forced_and_cannot_be_where_its_columns_are_not(bring: Bring) -> None:
    assert bring("Day,Campaign,Cost\n2026-09-01,A,1.50\n", "--platform", "google_ads") == (0, "")
    assert CampaignCost.objects.get().source == "google_ads"
    assert "no columns of LinkedIn" in bring("Day,Campaign,Cost\n2026-09-01,A,1.50\n", "--platform", "linkedin")[1]


def test_amounts_without_a_rate_show_as_unconverted_and_count_once_there_is_one(bring: Bring, tmp_path: Path) -> None:
    bring(REPORTS["google, French"].content)
    september = asked(start="2026-09-01", end="2026-10-01")
    answer = kpis.summary(september, now=NOW)
    assert answer.figures["cost"].value == 0
    assert answer.meta.warnings == ("CAD 1,032.84 of cost has no rate and is not included.",)

    (tmp_path / "rates.csv").write_text("day,currency,rate\n2026-08-31,CAD,0.5\n")
    assert run(tmp_path / "rates.csv", command="import_rates") == (0, "")
    answer = kpis.summary(september, now=NOW)
    assert (answer.figures["cost"].value, answer.meta.warnings) == (Decimal("516.42"), ())


def test_currency_and_zone_are_as_told_and_the_zone_is_kept(bring: Bring) -> None:
    bring(REPORTS["tiktok"].content, "--currency", "eur", "--time-zone", "Asia/Tokyo")
    assert set(CampaignCost.objects.values_list("currency", "time_zone")) == {("EUR", "Asia/Tokyo")}


def test_a_currency_in_the_amount_s_cell_is_the_row_s(bring: Bring) -> None:
    text = "campaign;date;amount;source\n" + "".join(
        f"{name};2026-10-05;{amount};x\n"
        for name, amount in [("A", "€10.50"), ("B", "GBP 7"), ("C", "US$1,000.50"), ("D", "$2"), ("E", "¥3")]
    )
    assert bring(text, "--create-campaigns")[0] == 1
    assert set(CampaignCost.objects.values_list("campaign__external_id", "amount", "currency")) == {
        ("A", Decimal("10.5"), "EUR"),
        ("B", Decimal(7), "GBP"),
        ("C", Decimal("1000.5"), "USD"),
        ("D", Decimal(2), "USD"),  # what figures are reported in
    }
    assert [line for line, reason in rejected() if '"¥" may be one of several' in reason] == [6]
    assert bring(text.replace("$2", "A$2").replace("¥3", "3"), "--currency", "CAD", "--create-campaigns") == (0, "")
    assert dict(CampaignCost.objects.values_list("campaign__external_id", "currency")) == {
        "A": "EUR", "B": "GBP", "C": "USD", "D": "AUD", "E": "CAD",
    }  # fmt: skip


def test_totals_of_tiktok_and_microsoft_are_no_campaigns(bring: Bring) -> None:
    bring(REPORTS["tiktok"].text.replace("Total,-", "Total of 2 results,-"))
    assert kept() == REPORTS["tiktok"].sums
    sums = "Overall total - 2 campaigns", "Deleted items total"
    rows = "".join(f'"","","{label}","","1,610","32","","","16.00","2","USD"\n' for label in sums)
    bring(REPORTS["microsoft"].text.replace('\n\n"\u00a9', f'\n{rows}\n"\u00a9'))
    assert kept() == REPORTS["tiktok"].sums | REPORTS["microsoft"].sums
    assert ImportFile.objects.latest("id").totals == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--currency", "dollars"), "--currency"),
        (("--time-zone", "Mars/Base"), "--time-zone"),
        (("--day", "yesterday"), "--day"),
    ],
)
def test_an_option_of_costs_that_will_not_do_is_told(bring: Bring, options: tuple[str, ...], message: str) -> None:
    assert message in bring(GOOGLE_TEXT, *options)[1]


ODD = "Kunde,Wann,Ausgabe,Was\n{},{},{},x\n"


def test_a_mapping_is_remembered_for_the_same_header_and_an_own_one_wins(bring: Bring, capsys: Any) -> None:
    told = ("--source", "agency", "--create-campaigns")
    columns = ("--map", "kunde=campaign,Wann=date,Ausgabe=amount")
    assert bring(ODD.format("A", "2026-09-01", '"12,50"'), *told, *columns) == (0, "")
    assert ColumnMapping.objects.get().mapping["Kunde"] == "campaign"

    capsys.readouterr()
    assert bring(ODD.format("B", "2026-09-02", "1.75"), *told) == (0, "")
    said = capsys.readouterr().out
    assert "columns as told before: " in said
    assert 'so is, where its cells do not tell, "," before decimals.' in said
    assert kept() == {"A": ("12.5", None, None, None), "B": ("1.75", None, None, None)}

    assert bring(ODD.format("B", "2026-09-02", "1.75"), *told, "--map", "Was=campaign") == (0, "")
    assert "x" in kept()


def test_what_is_said_of_the_rows_of_one_file_holds_for_no_other(bring: Bring) -> None:
    text = "name,when,paid,junk\n{0},2026-10-05,1,x\n{0},2026-10-05,2,x\n"
    columns, source = ("--map", "name=campaign,when=date,paid=amount"), ("--source", "agency")
    options = ("--currency", "GBP", "--add-up", "--time-zone", "Asia/Tokyo", "--create-campaigns")
    assert bring(text.format("A"), *columns, *source, *options) == (0, "")
    assert ColumnMapping.objects.get().reading == asdict(Reading())

    assert bring(text.format("A"), "--source", "another") == (0, "")
    assert set(CampaignCost.objects.values_list("source", "amount", "currency", "time_zone")) == {
        ("agency", Decimal(3), "GBP", "Asia/Tokyo"),
        ("another", Decimal(2), "USD", ""),
    }
    assert bring(text.format("B"), "--source", "another")[0] == 1
    assert all("unknown" in reason for _, reason in rejected())


def test_what_was_remembered_of_rows_before_holds_no_more(bring: Bring) -> None:
    header = ["name", "when", "paid", "junk"]
    reading = asdict(Reading("", ".", "dmy", "", "GBP", "Asia/Tokyo", adds=True, creates=True)) | {"since_gone": 1}
    mapping = {"name": "campaign", "when": "date", "paid": "amount"}
    ColumnMapping.objects.create(
        kind="costs", header=looking.fingerprint(header), mapping=mapping, reading=reading, used_at=NOW
    )
    Campaign.objects.create(external_id="A", name="A", channel="email")
    text = ",".join(header) + "\nA,03/04/2026,1,x\nA,03/04/2026,2,x\nB,03/04/2026,2,x\n"
    assert bring(text, "--source", "agency")[0] == 1
    cost = CampaignCost.objects.get()
    assert (cost.date, cost.amount, cost.currency, cost.time_zone) == (date(2026, 4, 3), 2, "USD", "")


def test_a_forced_platform_is_not_remembered_for_a_header_that_may_be_anybody_s(bring: Bring) -> None:
    text = "Day,Campaign,Cost,Who\n2026-09-01,{},1.50,B\n"
    told = ("--platform", "google_ads", "--map", "Who=campaign")
    assert bring(text.format("A"), *told) == (0, "")
    assert bring(text.format("A"), "--source", "x")[0] == 1
    assert bring(text.format("A").replace("1.50", "2.50"), "--platform", "google_ads") == (0, "")
    assert kept() == {"B": ("2.5", None, None, None)}


def test_a_mapping_of_columns_behind_title_lines_is_remembered_and_a_forced_platform_forgets_it(bring: Bring) -> None:
    text = "Agency report,by,hand,x\n\nWann,Wer,Cost,Campaign\n2026-09-01,A,1.5,B\n"
    assert bring(text, "--map", "Wann=date,Wer=campaign", "--create-campaigns", "--source", "agency") == (0, "")
    assert bring(text.replace("1.5", "2.5"), "--source", "agency", "--create-campaigns") == (0, "")
    assert kept() == {"A": ("2.5", None, None, None)}

    assert "has no day" in bring(text, "--platform", "google_ads")[1]
    assert bring(text, "--platform", "google_ads", "--map", "Wann=date") == (0, "")
    assert kept()["B"] == ("1.5", None, None, None)


def test_what_was_guessed_right_is_not_remembered(bring: Bring) -> None:
    bring(GOOGLE_TEXT)
    bring("campaign,date,amount,source\nA,2026-10-05,1,x\n", "--create-campaigns")
    assert not ColumnMapping.objects.exists()


def test_what_is_seen_is_said(bring: Bring, capsys: Any) -> None:
    bring(REPORTS["microsoft"].content)
    said = capsys.readouterr().out
    assert "report of Microsoft Advertising; line 10 names its columns" in said
    assert "Pacific Time" in said
    bring(REPORTS["tiktok"].content)
    said = capsys.readouterr().out
    assert "names no currency" in said
    assert "4 rows read" in said
    assert "1 of totals left out" in said


def test_a_look_shows_what_a_person_needs(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(REPORTS["google, Excel CSV"].content)
    seen = looking.look(files.OnDisk(path), importing.BY_NAME["costs"])

    assert (seen.encoding, seen.delimiter, seen.header_line, seen.platform) == ("utf-16-le", "\t", 3, "google_ads")
    assert seen.mapping == {
        "Day": "date", "Campaign": "campaign_name", "Campaign ID": "campaign", "Currency code": "currency",
        "Cost": "amount", "Impr.": "impressions", "Clicks": "clicks", "Conversions": "conversions",
    }  # fmt: skip
    assert seen.rows[0][:2] == ("2026-09-01", "Boots, hats | autumn & winter")
    assert len(seen.rows) == 7
    assert not seen.remembered


def test_a_look_at_other_kinds_finds_their_columns(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("# made by hand\nid;event;timestamp;email\n1;sent;2026-10-05;a\n")
    seen = looking.look(files.OnDisk(path), importing.BY_NAME["events"])
    assert (seen.delimiter, seen.header_line) == (";", 2)
    assert seen.mapping == {"id": "event_id", "event": "type", "timestamp": "occurred_at", "email": "contact"}


@pytest.mark.parametrize(
    ("kind", "header", "mapping"),
    [
        ("costs", ",campaign,date,amount", {"campaign": "campaign", "date": "date", "amount": "amount"}),
        ("events", "event_id,type,occurred_at,contact,", None),
        ("events", "event_id,type,occurred_at,contact,,", None),
        ("events", " ,type,occurred_at,contact", None),
    ],
)
def test_a_column_without_a_name_is_no_field(kind: str, header: str, mapping: dict[str, str] | None) -> None:
    content = f"{header}\n{','.join('0' for _ in header.split(','))}\n".encode()
    seen = looking.look(Sample(content, True), importing.BY_NAME[kind])
    assert seen.mapping == (mapping or {name: name for name in header.split(",") if name.strip()})


def test_rows_numbered_by_a_column_without_a_name_are_taken(bring: Bring) -> None:
    text = ",campaign,date,amount,,\n0,A,2026-10-05,1.50,,\n1,B,2026-10-05,2.50,,\n"
    assert bring(text, "--source", "agency", "--create-campaigns") == (0, "")
    assert kept() == {"A": ("1.5", None, None, None), "B": ("2.5", None, None, None)}
    assert set(CampaignCost.objects.values_list("item", flat=True)) == {""}


@pytest.mark.parametrize(
    "line",
    [
        "ada@example.com,2026-10-05,1.50",
        "A,2026-10-05,Ada <ada@example.com>",
        "ada%40example.com,2026-10-05,1.50",
        "+20 100 123 4567,2026-10-05,1.50",
    ],
)
@pytest.mark.parametrize("kind", importing.BY_NAME)
def test_a_first_line_that_names_somebody_is_no_header_and_is_not_quoted(line: str, kind: str) -> None:
    with pytest.raises(BrokenFile, match="looks like a row, not a header") as broken:
        looking.look(Sample(f"{line}\n{line}\n".encode(), True), importing.BY_NAME[kind])
    assert not any(part in str(broken.value) for part in line.split(","))


def test_of_a_file_without_a_header_nothing_is_kept(bring: Bring) -> None:
    status, error = bring("ada@example.com,2026-10-05,1.50\n", "--map", "ada@example.com=campaign", "--source", "x")
    assert (status, "not a header" in error, "ada" in error) == (1, True, False)
    assert not ColumnMapping.objects.exists()
    assert not ImportFile.objects.exists()


def test_more_columns_than_a_person_can_map_are_refused() -> None:
    for more, is_taken in (497, True), (498, False):
        header = ",".join(["campaign,date,amount", *(f"c{place}" for place in range(more))])
        file = Sample(f"{header}\n".encode(), True)
        if is_taken:
            assert len(looking.look(file, importing.BY_NAME["costs"]).header) == 500
            continue
        with pytest.raises(BrokenFile, match=r"Line 1 has 501 columns, and at most 500"):
            looking.look(file, importing.BY_NAME["costs"])


@pytest.mark.parametrize("letter", ["x", "ä"])
def test_a_header_with_one_endless_line_behind_it_is_still_the_header(bring: Bring, letter: str) -> None:
    text = f"campaign,date,amount,source\n{letter * 6_000_000}\nA,2026-10-05,1.50,x\n"
    assert bring(text, "--create-campaigns")[0] == 1
    assert kept() == {"A": ("1.5", None, None, None)}
    assert [line for line, _ in rejected()] == [2]


def test_a_row_that_the_sample_cuts_is_not_looked_at() -> None:
    rows = b"campaign,date,amount,source\n" + b"A,2026-10-05,1.50,x\n" * 20_000
    for table in beginnings.tables(beginnings.sample(Sample(rows, True)), "utf-8"):
        assert {len(row) for _, row in table.rows} == {4 if table.delimiter == "," else 1}
        assert {row[-1] for _, row in table.rows[1:]} <= {"x", "A,2026-10-05,1.50,x"}
    damaged = gzip.compress(b"campaign,date,amount,source\n")[:-8]
    assert looking.look(Sample(damaged, True), importing.BY_NAME["costs"]).header_line == 1
    with pytest.raises(BrokenFile, match="The header cannot be read: the row has a field of more than"):
        looking.look(Sample(b"campaign," * 40_000, True), importing.BY_NAME["costs"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "is empty"),
        (b"# made by hand\n# and by nobody else\n", "No line at the beginning"),
        (gzip.compress(gzip.compress(b"campaign,date,amount,source\n")), "packed by gzip twice"),
        (b"campaign,date,amount,source\rA,2026-10-05,1.50,x\r", "line ends as LF or CR LF"),
    ],
)
def test_what_cannot_be_read_is_said_plainly(bring: Bring, content: bytes, message: str) -> None:
    status, error = bring(content)
    assert (status, message in error) == (1, True), error
    assert "universal-newline" not in error


def test_totals_are_told_by_whatever_column_names_them() -> None:
    said = "Rows of totals are left out, {} of them"
    costs = importing.BY_NAME["costs"]
    for text, totals in [
        ("Day,Campaign,Currency code,Cost\n2026-09-01,A,USD,1\n--,Total: Account,USD,1\n,Total,USD,1\n", 2),
        ("Campaign status,Day,Campaign,Cost,Impr.\nEnabled,2026-09-01,Total: shoes,1,1\nEnabled,,Total,1,1\n", 1),
        ("Day,Campaign,Currency code,Cost\n2026-09-01,A,USD,1\nTotal,1\n", 1),
        (GOOGLE_TEXT, 3),
    ]:
        notes = looking.look(Sample(text.encode(), True), costs).notes
        assert any(said.format(totals) in note.what for note in notes), notes
    plain = looking.look(Sample(b"campaign,date,amount,source\nTotal,2026-10-05,1,x\n", True), costs)
    assert not any("totals" in note.what for note in plain.notes)
