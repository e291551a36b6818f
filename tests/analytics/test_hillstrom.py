"""The main job, end to end: files in by command, exact figures out by the API, against answers known beforehand."""

import csv
import json
import os
import random
import subprocess
import sys
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from analytics import verify
from analytics.models import DataVersion, ImportFile

HILLSTROM = Path(__file__).resolve().parents[2].parent / "shared/data/hillstrom/to_events.py"
FIELDS = ["event_id", "type", "occurred_at", "campaign", "contact", "amount", "currency"]
SENT, CLICKED, ORDERED = "2008-03-03T15:00:00Z", "2008-03-04T15:00:00Z", "2008-03-05T15:00:00Z"
Known = dict[str, Any]


def write_twin(folder: Path) -> None:
    """A small experiment of the same shape, with its expected.json counted while it is written."""
    luck = random.Random(2008)
    arms = ["twin-mens", "twin-womens", ""]
    by: dict[str, dict[str, Any]] = {
        arm: {"sends": 0, "unique_clicks": 0, "converters": 0, "revenue": Decimal(0)} for arm in arms
    }
    rows: list[list[str]] = []
    for number in range(900):
        arm, contact = arms[number % 3], f"twin-{number:04d}"
        steps: list[tuple[str, str, str, str]] = [("held_out", SENT, "twin-mens", "")] if not arm else []
        clicks, buys = luck.random() < 0.2, luck.random() < 0.05
        if arm:
            steps += [("sent", SENT, arm, ""), ("delivered", SENT.replace("15:00", "15:01"), arm, "")]
            by[arm]["sends"] += 1
            if clicks or buys:
                steps.append(("clicked", CLICKED, arm, ""))
                by[arm]["unique_clicks"] += 1
        if buys:
            spend = Decimal(luck.randrange(1, 50_000)) / 100
            steps.append(("converted", ORDERED, "", str(spend)))
            by[arm]["converters"] += 1
            by[arm]["revenue"] += spend
        for step, (kind, moment, campaign, amount) in enumerate(steps):
            rows.append([f"{contact}-{step}", kind, moment, campaign, contact, amount, "USD" if amount else ""])
    _write_files(folder, rows, by)


def _write_files(folder: Path, rows: list[list[str]], by: dict[str, dict[str, Any]]) -> None:
    with open(folder / "campaigns.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["campaign", "name", "channel", "starts_at", "ends_at", "budget", "currency"])
        writer.writerows([arm, arm.title(), "email", SENT, "2008-03-17T15:00:00Z", "", "USD"] for arm in by if arm)
    with open(folder / "events.csv", "w", newline="") as file:
        csv.writer(file).writerows([FIELDS, *rows])
    total = {
        name: sum(arm[name] for arm in by.values()) for name in ("sends", "unique_clicks", "converters", "revenue")
    }
    expected = {
        "rows_in_events_csv": len(rows),
        **{name: total[name] for name in ("sends", "unique_clicks", "converters")},
        "delivered": total["sends"],
        "conversions": total["converters"],
        "revenue": f"{total['revenue']:.2f}",
        "attributed_revenue": f"{total['revenue'] - by['']['revenue']:.2f}",
        "unattributed_revenue": f"{by['']['revenue']:.2f}",
        "by_campaign": {arm: {**figures, "revenue": f"{figures['revenue']:.2f}"} for arm, figures in by.items() if arm},
    }
    (folder / "expected.json").write_text(json.dumps(expected))


def write_hillstrom(folder: Path) -> None:
    subprocess.run([sys.executable, str(HILLSTROM), str(folder)], check=True, env={**os.environ})


def api_key() -> str:
    out = StringIO()
    call_command("create_api_key", "reader", "--scopes", "kpi:read", stdout=out)
    return out.getvalue().split()[-1]


def kpi(key: str, **question: str) -> Known:
    answer = Client().get(
        "/api/v1/kpi",
        {"start": "2008-03-01", "end": "2008-04-01", **question},
        headers={"Authorization": f"Api-Key {key}"},
    )
    assert answer.status_code == 200, answer.content
    return {name: figure["value"] for name, figure in answer.json()["metrics"].items()}


def assert_figures(key: str, expected: Known) -> None:
    every = kpi(key)
    figures = [name for name in expected if name not in ("rows_in_events_csv", "by_campaign")]
    assert {name: every[name] for name in figures} == {name: expected[name] for name in figures}
    for campaign, known in expected["by_campaign"].items():
        one = kpi(key, campaign=campaign)
        assert {name: one[name] for name in known} == known, campaign
    for basis in ("send", "event"):
        assert kpi(key, basis=basis)["revenue"] == expected["revenue"]


def import_twice(folder: Path, expected: Known) -> None:
    key = api_key()
    call_command("import_campaigns", str(folder / "campaigns.csv"), stdout=StringIO())
    call_command("import_events", str(folder / "events.csv"), stdout=StringIO())
    assert_figures(key, expected)
    first = ImportFile.objects.filter(kind="events").latest("id")
    assert (first.read, first.taken) == (expected["rows_in_events_csv"], expected["rows_in_events_csv"])
    version = DataVersion.objects.get().version
    call_command("import_events", str(folder / "events.csv"), stdout=StringIO())
    second = ImportFile.objects.filter(kind="events").latest("id")
    assert (second.taken, second.known, second.rejected) == (0, expected["rows_in_events_csv"], 0)
    assert DataVersion.objects.get().version == version
    assert_figures(key, expected)
    assert verify.differences() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("write", [write_twin, write_hillstrom])
def test_imported_files_give_the_known_figures(write: Any, tmp_path: Path) -> None:
    if write is write_hillstrom and not HILLSTROM.exists():
        pytest.skip("the Hillstrom data set is not beside this project")
    write(tmp_path)
    import_twice(tmp_path, json.loads((tmp_path / "expected.json").read_text()))
