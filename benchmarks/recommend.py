"""How long a night's recommendations take with 10,000 campaigns: `python -m benchmarks.recommend`.

Totals are laid down by SQL: each campaign has rates of its own, which wander by day; a few do far worse or better. So
are the events of its people, for nine weeks: what reached them, who clicked, who left.
"""

import argparse
import os
import resource
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from benchmarks.served import services

CAMPAIGNS, DAYS = 10_000, 40
AT = datetime(2026, 11, 20, 1, 40, tzinfo=UTC)
MESSAGES, CONTACTS, WEEKS = 1_500_000, 200_000, 9
SEED = "SELECT setseed(0.5)"
PEOPLE = """
-- One row is what became of one message. Each contact gets one to four campaigns, a few of them far more often than
-- most, at the hours of their totals, and one in ten campaigns is clicked half as often again at the later one.
CREATE TEMP TABLE reached AS
WITH delivering AS MATERIALIZED (
    SELECT array_agg(id ORDER BY id) AS ids FROM campaign WHERE channel = ANY (%(delivering)s)
), messages AS MATERIALIZED (
    SELECT
        number,
        1 + floor(%(contacts)s * random() ^ 2.5)::integer AS contact,
        floor(random() ^ 2 * 4)::integer AS which,
        random() < 0.3 AS late,
        %(last)s::timestamptz - interval '1 second' * floor(random() * %(seconds)s) AS day
    FROM generate_series(1, %(messages)s) AS number
), placed AS (
    SELECT
        number, contact, late,
        ids[1 + floor(cardinality(ids) * ((hashint4(contact * 4 + which) & 65535) / 65536.0) ^ 2)::integer] AS campaign,
        date_trunc('day', day) + interval '1 minute' * floor(random() * 60) AS day
    FROM messages, delivering
)
SELECT
    number, contact, campaign,
    day + (8 + (campaign + CASE WHEN late THEN 7 ELSE 0 END) %% 12) * interval '1 hour' AS left_at,
    random() < 0.08 * CASE WHEN late AND campaign %% 50 < 5 THEN 1.5 ELSE 1 END AS clicked,
    random() < 0.002 AS left_list
FROM placed;

INSERT INTO event (contact_id, occurred_at, received_at, event_id, campaign_id, source_id, type, machine, rules_version,
    flagged, message)
SELECT
    contact, left_at + type * interval '1 minute', left_at, md5(number || ' ' || type)::uuid, campaign, 1, type, 0, 1,
    false, 'm' || number
FROM reached, unnest(ARRAY[1, 2, 6, 9]) AS type
WHERE type < 6 OR type = 6 AND clicked OR type = 9 AND left_list
"""
FILL = """
-- One row is what one campaign did on one day, by one basis: messages go out on most days, ads run on all.
CREATE TEMP TABLE filled AS
WITH campaigns AS MATERIALIZED (
    SELECT
        id,
        channel = ANY (%(delivering)s) AS delivers,
        exp(5.5 + 1.2 * (random() + random() + random() - 1.5)) AS size,
        0.30 * exp(0.3 * (random() - 0.5)) * CASE WHEN random() < 0.02 THEN 0.6 ELSE 1 END AS opening,
        0.14 * exp(0.3 * (random() - 0.5)) * CASE WHEN random() < 0.02 THEN 0.5 ELSE 1 END AS clicking,
        0.06 * exp(0.3 * (random() - 0.5)) * CASE WHEN random() < 0.02 THEN 0.3 ELSE 1 END AS buying,
        0.4 * exp(0.5 * (random() - 0.5)) * coalesce((ARRAY[5, 5, 0.15, 0.15])[ceil(random() * 200)], 1) AS costing,
        0.0005 * CASE WHEN random() < 0.02 THEN 20 ELSE 1 END AS complaining,
        CASE WHEN random() < 0.02 THEN 0.4 ELSE 0 END AS early
    FROM campaign
), days AS MATERIALIZED (
    SELECT
        campaigns.*,
        %(first)s::date + day AS day,
        (size * exp(0.5 * (random() - 0.5)))::integer AS reached,
        exp(0.3 * (random() - 0.5)) AS mood
    FROM campaigns, generate_series(0, %(days)s - 1) AS day
    WHERE NOT delivers OR random() < 0.8
), acted AS MATERIALIZED (
    SELECT
        *,
        CASE WHEN delivers THEN floor(reached * opening * mood + random())::integer ELSE 0 END AS opened,
        floor(reached * CASE WHEN delivers THEN opening * clicking ELSE 0.5 END * mood + random())::integer AS clicked
    FROM days
)
SELECT acted.*, floor(clicked * buying + random())::integer AS bought FROM acted;

INSERT INTO campaign_daily (day, campaign_id, basis, sends, delivered, bounces, opens, unique_opens, clicks,
    unique_clicks, unsubscribes, complaints, conversions, converters, click_converters, revenue, cost)
SELECT day, id, basis,
    CASE WHEN delivers THEN reached ELSE 0 END,
    CASE WHEN delivers THEN reached - (reached * 0.02 * mood)::integer ELSE 0 END,
    CASE WHEN delivers THEN (reached * 0.02 * mood)::integer ELSE 0 END,
    opened, opened, clicked, clicked, floor(opened * 0.004 + random()), floor(opened * complaining + random()),
    bought, bought, bought, round((bought * 60 * (0.5 + random()))::numeric, 2),
    round((clicked * 3.6 * costing)::numeric, 2)
FROM filled, generate_series(0, 1) AS basis
ORDER BY day;

INSERT INTO campaign_hourly (hour, campaign_id, basis, sends, delivered, unique_opens, unique_clicks)
SELECT day::timestamp AT TIME ZONE 'UTC' + (8 + (id + part * 7) %% 12) * interval '1 hour', id, basis,
    reached / 2, reached / 2, opened / 2, floor(clicked * (0.5 + early * (0.5 - part)))
FROM filled, generate_series(0, 1) AS basis, generate_series(0, 1) AS part
WHERE delivers
ORDER BY day
"""
Answer = TypeVar("Answer")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=MESSAGES)
    asked = parser.parse_args()
    with services():
        daily, hourly = fill()
        events = fill_people(asked.messages)
        print(f"\n{CAMPAIGNS:,} campaigns, {daily:,} rows of daily totals, {hourly:,} of hourly, {events:,} events\n")
        print("Load of the machine before: {:.1f}, {:.1f}, {:.1f}\n".format(*os.getloadavg()))
        measure()


def fill() -> tuple[int, int]:
    """The rows that daily and hourly totals got."""
    from django.db import connection

    from analytics.changes import changing_figures
    from analytics.channels import CHANNELS, DELIVERING
    from analytics.models import Campaign, CampaignDaily, CampaignHourly

    names = [channel.name for channel in CHANNELS]
    Campaign.objects.bulk_create(
        Campaign(external_id=f"campaign-{n}", name=f"Campaign {n}", channel=names[n % len(names)])
        for n in range(CAMPAIGNS)
    )
    params: dict[str, Any] = {"first": AT.date() - timedelta(days=DAYS), "days": DAYS, "delivering": list(DELIVERING)}
    with changing_figures(AT), connection.cursor() as cursor:
        cursor.execute(SEED)
        for statement in FILL.split(";\n\n"):
            cursor.execute(statement, params)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return CampaignDaily.objects.count(), CampaignHourly.objects.count()


def fill_people(messages: int) -> int:
    """The events of so many messages; how many they are."""
    from django.db import connection

    from analytics.channels import DELIVERING
    from analytics.fold import partitions

    span = timedelta(weeks=WEEKS)
    with connection.cursor() as cursor:
        partitions.ensure(
            cursor, {partitions.month_of(AT - span), *(partitions.month_of(AT - span * n / 4) for n in range(4))}
        )
        cursor.execute(SEED)
        params: dict[str, Any] = {
            "delivering": list(DELIVERING), "contacts": CONTACTS, "messages": messages,
            "last": AT - timedelta(days=1), "seconds": span.total_seconds(),
        }  # fmt: skip
        for statement in PEOPLE.split(";\n\n"):
            cursor.execute(statement, params)
        events: int = cursor.rowcount
        cursor.execute("VACUUM ANALYZE")
    return events


def measure() -> None:
    """The parts of a night one by one, then a night and the next."""
    before = memory()
    from recommendations import reading, rules
    from recommendations.proposing import propose

    line = rules.defaults()["list_health"]["frequency"]
    seen: Any = timed("reading 28 days, and nine weeks of people", lambda: reading.snapshot(AT, line))
    days = sum(len(campaign.days) for campaign in seen.campaigns)
    hours, crowds = (
        sum(len(one.click_hours) for one in seen.campaigns),
        sum(one.crowd is not None for one in seen.campaigns),
    )
    print(f"  {len(seen.campaigns):,} campaigns, {days:,} days, {hours:,} hours of people, {crowds:,} crowds")
    found = timed("rules", lambda: rules.find_all(seen, rules.defaults()))
    for rule, count in Counter(finding.rule for finding in found).most_common():
        print(f"  {rule}: {count:,}")
    seen, found = None, []  # a night has its own
    print(" ", timed("the first night: all of it, everything is new", lambda: propose(AT)))
    print(" ", timed("the next night", lambda: propose(AT + timedelta(days=1))))
    print(f"memory: {before:,} MB before, {memory():,} MB at its peak")


def timed(what: str, work: Callable[[], Answer]) -> Answer:
    started, used = time.perf_counter(), time.process_time()
    answer = work()
    taken, own = time.perf_counter() - started, time.process_time() - used
    print(f"{what}: {taken:.1f} s, of which {own:.1f} s of its own processor time")
    return answer


def memory() -> int:
    """The most that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
