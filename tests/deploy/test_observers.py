"""What a drill changes of rules and routes, and what it leaves as it is."""

from pathlib import Path

import yaml

from deploy.observers import HASTENED, hastened, write_alertmanager, write_prometheus
from tests.deploy import rules
from tests.deploy.rules import DEPLOY
from tests.deploy.test_prometheus import needs_prometheus, run

WANTED = {
    "DataStale": ("max(marketing_fold_lag_seconds) > 30", "3s"),
    "EventsWait": ("max(marketing_inbox_age_seconds) > 6", "6s"),
    "QueueBackedUp": ("max by (queue) (marketing_queue_depth) > 100", "12s"),
}


def test_only_what_it_waits_for_goes_faster_and_only_its_durations() -> None:
    texts = [hastened(file.read_text(), 10, HASTENED) for file in rules.RULES]
    after = [rule for text in texts for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]
    changed = [new for old, new in zip(rules.rules(), after, strict=True) if old != new]
    assert {rule["alert"]: (rule["expr"], rule["for"]) for rule in changed} == WANTED


def test_who_is_told_what_stays_and_where_they_are_is_the_listener(tmp_path: Path) -> None:
    file = tmp_path / "alertmanager.yml"
    write_alertmanager(file, "http://127.0.0.1:9")
    ours, theirs = (yaml.safe_load(one.read_text()) for one in (file, DEPLOY / "alertmanager.yml"))
    assert ours["inhibit_rules"] == theirs["inhibit_rules"]
    assert [route["matchers"] for route in ours["route"]["routes"]] == [
        route["matchers"] for route in theirs["route"]["routes"]
    ]
    assert [set(receiver) for receiver in ours["receivers"]] == [{"name", "webhook_configs"}] * len(theirs["receivers"])


@needs_prometheus
def test_prometheus_takes_what_the_drill_writes(tmp_path: Path) -> None:
    folder = tmp_path / "prometheus"
    write_prometheus(folder, "127.0.0.1:8000", "a key", "127.0.0.1:9093", faster=7)
    run("promtool", "check", "config", str(folder / "prometheus.yml"))
    assert (folder / "metrics.key").stat().st_mode & 0o777 == 0o600
