"""Service levels are counted by processes that are stopped and lose their database."""

import time

from config.embedded.postgres import Postgres
from config.levels import EVERY
from tests.fire.site import Site, eventually

KPI = "/api/v1/kpi?metrics=sends"
COUNTED = """
SELECT coalesce(sum((SELECT sum(answers) FROM unnest(counts) AS answers)), 0)::int, coalesce(sum(bad), 0)::int
FROM level_slot WHERE series = %s AND width = 3600
"""
AWAY = 3  # seconds


def counted(site: Site, series: str) -> tuple[int, int]:
    """What was answered, and what failed."""
    ((answered, bad),) = site.query(COUNTED, series)
    return answered, bad


def test_what_was_counted_is_written_when_the_web_server_ends(site: Site) -> None:
    """Sooner than it would have been otherwise, so nothing is lost with a deploy."""
    before, _ = counted(site, "kpi")
    assert {site.ask("GET", KPI).status for _ in range(12)} == {200}
    site.program("web")[0][0].terminate()
    eventually(lambda: counted(site, "kpi")[0] >= before + 12, seconds=6, what=lambda: f"{counted(site, 'kpi')}")
    assert counted(site, "kpi")[0] == before + 12
    eventually(lambda: site.ask("GET", KPI).status == 200, seconds=20)


def test_an_outage_of_the_database_is_counted_as_bad_afterwards(site: Site, postgres: Postgres) -> None:
    _, before = counted(site, "kpi")
    _, all_before = counted(site, "all")
    postgres.stop()
    failed, end = 0, time.monotonic() + AWAY
    while time.monotonic() < end:
        assert site.ask("GET", KPI).status == 503
        failed += 1
    postgres.start()
    eventually(lambda: site.ask("GET", KPI).status == 200, seconds=10)
    eventually(lambda: counted(site, "kpi")[1] >= before + failed, seconds=EVERY + 10, what=lambda: f"{failed} failed")
    assert counted(site, "kpi")[1] == before + failed
    assert counted(site, "all")[1] >= all_before + failed


def test_signs_of_life_come_by_themselves(site: Site) -> None:
    signs = "SELECT count(*) FROM level_slot WHERE series = 'up'"
    eventually(lambda: site.query(signs) != [(0,)], seconds=EVERY)
    assert counted(site, "visible")[1] == 0
