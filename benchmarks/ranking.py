"""How fast 10,000 campaigns are ranked and paged through: `python -m benchmarks.ranking --seconds 30`.

Totals are laid down by hand: each campaign has sixty days of a year, which come in by day as they would from the fold.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product

from benchmarks import load
from benchmarks.read import RATE, show
from benchmarks.served import services, serving

CAMPAIGNS, FIRST = 10_000, date(2025, 11, 1)
COLUMNS = "metrics=sends,conversion_rate,net_revenue,cost,roi"
ORDERINGS = ("-roi", "sends", "-conversion_rate", "cpa", "name")
FILL = """
-- One row is a campaign's day by one basis.
INSERT INTO campaign_daily (day, campaign_id, basis, sends, delivered, bounces, opens, unique_opens, clicks,
    unique_clicks, conversions, converters, click_converters, revenue, cost)
SELECT day, campaign, basis, sends, sends * 0.97, sends * 0.03, sends * 0.4, sends * 0.3, sends * 0.07, sends * 0.05,
    sends * 0.007, sends * 0.006, sends * 0.005, round((sends * random())::numeric, 2),
    round((sends * random() / 4)::numeric, 2)
FROM (
    SELECT campaign, basis, (random() * 500)::integer AS sends,
        %(first)s::date + (campaign - 1) * 300 / %(campaigns)s + day AS day
    FROM generate_series(1, %(campaigns)s) AS campaign, generate_series(0, 1) AS basis, generate_series(0, 59) AS day
) AS planned
ORDER BY day
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=30, help="of each steady load")
    seconds = arguments.parse_args().seconds
    with services():
        from compliance import api_keys

        print(f"\n{CAMPAIGNS:,} campaigns, {fill():,} rows of daily totals\n")
        _, key = api_keys.create("benchmark", ["campaigns:read"])
        print("Load of the machine before: {:.1f}, {:.1f}, {:.1f}\n".format(*os.getloadavg()))
        with serving() as port:
            print("| GET /api/v1/campaigns | p50 ms | p95 ms | p99 ms | requests | failed |\n|---|---|---|---|---|---|")
            measure(port, key, seconds)


def fill() -> int:
    """The rows that daily totals got."""
    from django.db import connection
    from django.utils import timezone

    from analytics.changes import changing_figures
    from analytics.channels import CHANNELS
    from analytics.models import Campaign

    names = [channel.name for channel in CHANNELS]
    Campaign.objects.bulk_create(
        Campaign(external_id=f"campaign-{n}", name=f"Campaign {n}", channel=names[n % len(names)])
        for n in range(CAMPAIGNS)
    )
    with changing_figures(timezone.now()), connection.cursor() as cursor:
        cursor.execute(FILL, {"first": FIRST, "campaigns": CAMPAIGNS})
        rows = cursor.rowcount
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return rows


def measure(port: int, key: str, seconds: float) -> None:
    for days in (30, 90):
        first = list(first_pages(days))
        show(f"first page, {days} days, cold, 1 client", load.one_after_another(port, key, first[:50], 1))
        show(f"first page, {days} days, cold, 4 clients", load.one_after_another(port, key, first[50:], 4))
        show(f"the 199 pages after it, {days} days, cold, 1 client", following(port, key, first[0]))
        show(f"first page, {days} days, warm, {RATE} requests/s", load.steady(port, key, first[:20], RATE, seconds))
    found = [f"{path}&search=campaign-1" for path in first_pages(30)]
    show("first page of a search that leaves 1,111, cold, 1 client", load.one_after_another(port, key, found[:50], 1))


def first_pages(days: int) -> Iterator[str]:
    """Distinct ones."""
    for offset, ordering in product(range(60, 260, 10), ORDERINGS):
        start = FIRST + timedelta(days=offset)
        end = start + timedelta(days=days)
        yield f"/api/v1/campaigns?{COLUMNS}&start={start}&end={end}&ordering={ordering}"


def following(port: int, key: str, path: str) -> load.Latencies:
    """Every page but the first, by its link."""
    client, found, failed = load.Client(port, key), [], 0
    body = json.loads(client.get(path)[1])
    while body["next"]:
        link = body["next"].partition("127.0.0.1")[2]
        started = time.perf_counter()
        status, text = client.get(link)
        found.append(time.perf_counter() - started)
        failed += status != 200
        body = json.loads(text)
    client.close()
    return load.Latencies(tuple(sorted(found)), failed)


if __name__ == "__main__":
    main()
