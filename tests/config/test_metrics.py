"""`/metrics`: who may ask, what is there from the start, what the facts say, and what happens without a part."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import Group, Permission, User
from django.db import OperationalError, connection
from django.test import Client
from django_celery_beat.models import PeriodicTask
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries, Settings

from analytics.models import InboxBatch, Source, ViewRefresh
from compliance import access_log, api_keys, jobs
from compliance.access_log import Act
from compliance.acting import Actor
from compliance.jobs import run_job
from compliance.logs import seals
from compliance.models import ApiKey, JobRun
from config.metrics import facts, page, series
from config.metrics.series import FACTS, SERIES
from config.schedule import sync_schedule
from tests.compliance.keys import headers

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SLO_VIEWS = (
    "api-kpi",
    "api-kpi-timeseries",
    "api-details",
    "api-drilldown",
    "api-funnel",
    "api-campaigns",
    "api-events",
)
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(autouse=True)
def nobody_seen() -> Iterator[None]:
    yield
    page.BearerKey.seen.clear()


@pytest.fixture
def key() -> str:
    _key, secret = api_keys.create("prometheus", ["metrics:scrape"])
    return secret


def asked(key: str, word: str = "Bearer") -> Any:
    return Client().get("/metrics", headers={"Authorization": f"{word} {key}"})


def read(text: str) -> Samples:
    families = text_string_to_metric_families(text)
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def scrape(key: str) -> Samples:
    answer = asked(key)
    assert answer.status_code == 200, answer.content
    return read(answer.content.decode())


def of(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, frozenset(labels.items())]


class TestWhoMayAsk:
    @pytest.mark.parametrize("scope", ["metrics:scrape", "all"])
    @pytest.mark.parametrize("word", ["Bearer", "bearer", "Api-Key"])
    def test_a_key_of_the_scope(self, scope: str, word: str) -> None:
        _key, secret = api_keys.create("prometheus", [scope])
        answer = asked(secret, word)
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
        assert answer["Cache-Control"] == "no-store"

    def test_a_stranger_is_told_so_in_plain_text(self) -> None:
        answer = Client().get("/metrics")
        assert (answer.status_code, answer["Content-Type"]) == (401, "text/plain; charset=utf-8")
        assert answer["WWW-Authenticate"] == "Bearer"
        assert asked("abcdefgh." + "x" * 32).status_code == 401

    def test_a_key_of_another_scope_is_told_which(self) -> None:
        _key, secret = api_keys.create("shop", ["events:write", "kpi:read", "metrics:read"])
        answer = asked(secret)
        assert answer.status_code == 403
        assert answer.content == b"This key lacks the scope metrics:scrape; have one made with it.\n"

    def test_a_key_may_do_no_more_than_somebody_who_signs_in_and_owns_it(self) -> None:
        owner = User.objects.create_user("ada", is_staff=True)
        _key, secret = api_keys.create("hers", ["metrics:scrape"], owner)
        assert asked(secret).status_code == 403
        owner.groups.add(Group.objects.get(name="Operator"))
        assert asked(secret).status_code == 200

    def test_somebody_of_the_operation_and_no_other_member_of_staff(self, client: Client) -> None:
        ada = User.objects.create_user("ada", is_staff=True)
        client.force_login(ada)
        assert client.get("/metrics").status_code == 403
        ada.user_permissions.add(Permission.objects.get(codename="view_jobrun"))
        assert client.get("/metrics").status_code == 200

    def test_nothing_is_changed_by_asking(self, key: str) -> None:
        answer = Client().post("/metrics", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 405


class TestFromTheStart:
    def test_every_series_of_ours_is_there_with_every_value_of_its_labels(self, key: str) -> None:
        samples = scrape(key)
        for one in SERIES:
            names = [f"{one.name}_{part}" for part in ("count", "sum")] if one.kind == "histogram" else [one.name]
            for labels in one.samples:
                for name in names:
                    assert (name, frozenset(zip(one.labels, labels, strict=True))) in samples

    def test_no_other_is(self, key: str) -> None:
        JobRun.objects.create(name="of old", started_at=NOON, outcome="done")
        told = {name for name, _labels in scrape(key) if name.startswith("marketing_")}
        suffixes = ("", "_count", "_sum", "_bucket", "_created")
        assert told <= {f"{one.name.removesuffix('_total')}{end}" for one in SERIES for end in (*suffixes, "_total")}
        assert not any("of old" in dict(labels).values() for _name, labels in scrape(key))

    @pytest.mark.parametrize("view", SLO_VIEWS)
    def test_requests_of_the_views_that_service_levels_are_about(self, key: str, view: str) -> None:
        method = "POST" if view == "api-events" else "GET"
        samples, name = scrape(key), "django_http_requests_latency_seconds_by_view_method"
        for bound in ("0.025", "0.04", "0.06", "0.1", "0.2", "0.3"):
            assert (f"{name}_bucket", frozenset({("view", view), ("method", method), ("le", bound)})) in samples
        for status in ("200", "500", "503"):
            of(
                samples,
                "django_http_responses_total_by_status_view_method_total",
                status=status,
                view=view,
                method=method,
            )

    def test_the_readme_shows_the_table(self) -> None:
        shown = (configured.BASE_DIR / "config" / "README.md").read_text()
        assert series.table() in shown, "Put there what config.metrics.series.table() returns."


class TestLabels:
    def test_random_paths_and_methods_are_one_label(self, key: str) -> None:
        client = Client(headers={"Authorization": f"Bearer {key}"})
        scrape(key)
        before = len(scrape(key))
        for number in range(30):
            client.get(f"/nowhere/{number}/")
            client.generic(f"M{number}", f"/api/v1/{number}")
            client.generic(f"M{number}", "/metrics")
            client.get(f"/admin/{number}/")
        after = scrape(key)
        assert len(after) - before < 160  # some labels of some views are asked for the first time, none per path
        views = {
            dict(labels)["view"] for name, labels in after if name.startswith("django_") and "view" in dict(labels)
        }
        assert not [view for view in views if "nowhere" in view or "3" in view]
        methods = {dict(labels)["method"] for _name, labels in after if "method" in dict(labels)}
        assert not [method for method in methods if method.startswith("M")]

    def test_a_view_that_raises_is_timed_once(self, key: str) -> None:
        name = "django_http_requests_latency_seconds_by_view_method_count"
        Client().get("/admin/marketing/")  # from now on there is such a series
        before = of(scrape(key), name, view="analytics:overview", method="GET")
        with patch("django.contrib.admin.sites.AdminSite.has_permission", side_effect=RuntimeError):
            Client(raise_request_exception=False).get("/admin/marketing/")
        assert of(scrape(key), name, view="analytics:overview", method="GET") == before + 1


class TestFacts:
    def test_what_waits_and_what_was_set_apart(self, key: str) -> None:
        source = Source.objects.create(name="shop")
        for minutes, state in ((3, "waiting"), (1, "waiting"), (60, "dead")):
            at = datetime.now(UTC) - timedelta(minutes=minutes)
            InboxBatch.objects.create(received_at=at, source=source, rows=10, payload=b"", state=state)
        samples = scrape(key)
        assert of(samples, "marketing_inbox_batches", state="waiting") == 2
        assert of(samples, "marketing_inbox_batches", state="dead") == 1
        assert of(samples, "marketing_dead_letters", kind="batch") == 1
        assert of(samples, "marketing_inbox_waiting_events") == 20
        for name in ("marketing_inbox_age_seconds", "marketing_fold_lag_seconds"):
            assert 180 <= of(samples, name) < 200

    def test_a_view_is_as_old_as_its_refresh_once_figures_have_changed(self, key: str) -> None:
        now = datetime.now(UTC)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO data_version (id, version, changed_at, time_zone, currency, window_days) VALUES"
                " (1, 7, %s, 'UTC', 'USD', 7) ON CONFLICT (id) DO UPDATE SET version = 7, changed_at = %s",
                [now - timedelta(seconds=20)] * 2,
            )
        for name, version in (("funnel_metrics_mv", 7), ("kpi_metrics_daily_mv", 6)):
            refreshed = {"refreshed_at": now - timedelta(seconds=90), "data_version": version, "seconds": 1}
            ViewRefresh.objects.update_or_create(name=name, defaults=refreshed)
        ViewRefresh.objects.filter(name="engagement_hourly_mv").delete()
        samples = scrape(key)
        assert of(samples, "marketing_view_age_seconds", view="funnel_metrics_mv") == 0
        assert 90 <= of(samples, "marketing_view_age_seconds", view="kpi_metrics_daily_mv") < 110
        assert 20 <= of(samples, "marketing_view_age_seconds", view="engagement_hourly_mv") < 40
        assert of(samples, "marketing_view_refreshed_timestamp_seconds", view="engagement_hourly_mv") == 0

    def test_runs_of_jobs_stay_counted_when_their_rows_are_cut(self, key: str) -> None:
        for seconds in (0, 2, 4):
            with run_job("fold_inbox", "tick", NOON + timedelta(seconds=seconds), quiet=True) as run:
                run.idle = True
        with run_job("refresh_views", "tick", NOON):
            pass
        with pytest.raises(ValueError, match="x"), run_job("refresh_views", "tick", NOON + timedelta(hours=1)):
            raise ValueError("x")
        JobRun.objects.create(name="refresh_views", started_at=NOON, outcome="running")
        JobRun.objects.create(name="refresh_views", started_at=NOON, outcome="waiting")
        jobs.mark_lost(NOON + timedelta(hours=1))
        before = scrape(key)
        ended = {"nothing to do": 3.0, "done": 0.0, "failed": 0.0, "lost": 0.0}
        assert {how: of(before, "marketing_job_runs_total", job="fold_inbox", outcome=how) for how in ended} == ended
        ended = {"nothing to do": 0.0, "done": 1.0, "failed": 1.0, "lost": 2.0}
        assert {how: of(before, "marketing_job_runs_total", job="refresh_views", outcome=how) for how in ended} == ended
        last = of(before, "marketing_job_last_run_timestamp_seconds", job="refresh_views", outcome="failed")
        assert last == (NOON + timedelta(hours=1)).timestamp()
        assert jobs.cut(NOON + timedelta(days=91)) >= 5
        after = scrape(key)
        for name in ("marketing_job_runs_total", "marketing_job_seconds_total"):
            told = {at: value for at, value in before.items() if at[0] == name}
            assert told == {at: value for at, value in after.items() if at[0] == name}

    def test_how_long_runs_took_is_added_up(self, key: str) -> None:
        for minutes in (1, 2):
            began = NOON + timedelta(hours=minutes)
            ended = {"finished_at": began + timedelta(minutes=minutes), "outcome": "done"}
            JobRun.objects.create(name="recommend", started_at=began, **ended)
        samples = scrape(key)
        assert of(samples, "marketing_job_seconds_total", job="recommend") == 180
        assert of(samples, "marketing_job_last_seconds", job="recommend") == 120

    def test_looks_are_counted_once_they_are_sealed_and_stay_counted(self, key: str, admin_user: User) -> None:
        ada = Actor(admin_user)
        for act, contacts in ((Act.LISTED, (1, 2)), (Act.REVEALED, (1, 2, 3)), (Act.REFUSED, ()), (Act.GRANTED, ())):
            access_log.write(act, by=ada, at=NOON, contact_ids=contacts)
        assert of(scrape(key), "marketing_pii_looks_total", outcome="shown") == 0
        with patch.object(
            seals, "NEW", seals.NEW.replace("written_by < pg_snapshot_xmin(pg_current_snapshot())", "true")
        ):
            seals.seal("pii_access_log", NOON)
            seals.seal("pii_access_log", NOON)
        samples = scrape(key)
        assert of(samples, "marketing_pii_looks_total", outcome="shown") == 2
        assert of(samples, "marketing_pii_looks_total", outcome="refused") == 1
        assert of(samples, "marketing_pii_reveals_total") == 3

    def test_a_job_that_should_have_been_started_is_late(self, key: str) -> None:
        sync_schedule()
        assert of(scrape(key), "marketing_job_late", job="recommend") == 0
        PeriodicTask.objects.update(date_changed=datetime.now(UTC) - timedelta(days=2))
        samples = scrape(key)
        assert {of(samples, "marketing_job_late", job=job) for job in series.JOBS} == {1}

    def test_it_costs_few_statements(self, key: str, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        scrape(key)
        with django_assert_num_queries(10):  # the key, whether it answers, and six in a transaction
            asked(key)


class TestWithoutAPart:
    @pytest.mark.parametrize("part", ["broker", "cache"])
    def test_redis(self, key: str, settings: Settings, part: str) -> None:
        setattr(settings, f"{part.upper()}_URL", "redis://127.0.0.1:1/0")
        samples = scrape(key)
        assert of(samples, "marketing_part_up", part=part) == 0
        assert of(samples, "marketing_part_up", part="database") == 1
        depths = [labels for name, labels in samples if name == "marketing_queue_depth"]
        assert bool(depths) == (part == "cache")

    def test_the_database(self, key: str) -> None:
        scrape(key)
        away = OperationalError("it is away")
        with patch.object(connection, "cursor", side_effect=away):
            samples = scrape(key)
            assert asked("abcdefgh." + "x" * 32).status_code == 503
        assert of(samples, "marketing_part_up", part="database") == 0
        assert of(samples, "marketing_part_up", part="broker") == 1
        assert "marketing_answers_total" in {name for name, _labels in samples}
        left = {one.name for one in FACTS if one.part == "database"} & {name for name, _labels in samples}
        assert left == set()

    def test_a_key_that_was_seen_long_ago_opens_nothing_then(self, key: str) -> None:
        scrape(key)
        page.BearerKey.seen = {given: (at - page.TRUSTED - 1, who) for given, (at, who) in page.BearerKey.seen.items()}
        with patch.object(connection, "cursor", side_effect=OperationalError("it is away")):
            answer = asked(key)
        assert (answer.status_code, answer["Content-Type"]) == (503, "text/plain; charset=utf-8")

    def test_statements_that_fail_leave_the_rest(self, key: str) -> None:
        with patch.object(facts, "_sql", return_value="SELECT 1 / 0"):
            samples = scrape(key)
        assert of(samples, "marketing_part_up", part="database") == 1
        assert "marketing_job_runs_total" not in {name for name, _labels in samples}


def test_what_prometheus_sends_opens_no_api(key: str) -> None:
    assert Client().get("/api/v1/metrics", headers={"Authorization": f"Bearer {key}"}).status_code == 401
    assert Client().get("/api/v1/metrics", headers=headers("metrics:read")).status_code == 200


def test_the_key_of_prometheus_asks_for_no_figures() -> None:
    for address in ("metrics", "kpi?metrics=clicks&period=last_7_days", "freshness"):
        assert Client().get(f"/api/v1/{address}", headers=headers("metrics:scrape")).status_code == 403


def test_keys_of_before_go_on_scraping_once_each() -> None:
    before = {"prometheus": ["metrics:read"], "shop": ["events:write", "kpi:read"], "any": ["all"]}
    for name, scopes in before.items():
        api_keys.create(name, scopes)
    migration = import_module("compliance.migrations.0029_metrics_scrape")
    with connection.cursor() as cursor:
        for _ in range(2):
            cursor.execute(migration.KEYS)
    after = {key.name: key.scopes for key in ApiKey.objects.all()}
    assert after == before | {"prometheus": ["metrics:read", "metrics:scrape"]}
