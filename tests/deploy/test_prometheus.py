"""What Prometheus and Alertmanager are given: they take it, each alert fires and stays quiet, all it names is told."""

import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from compliance import api_keys
from tests.config import prometheus
from tests.deploy import rules
from tests.deploy.rules import DEPLOY, RECORDED, RULES

CASES = Path(__file__).with_name("alerts.yml")
needs_prometheus = pytest.mark.skipif(bool(prometheus.missing()), reason=prometheus.missing())


def run(*command: str) -> str:
    """What it printed; it must have gone well."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_prometheus
def test_prometheus_takes_the_configuration_and_the_rules(tmp_path: Path) -> None:
    folder = tmp_path / "prometheus"
    shutil.copytree(DEPLOY / "prometheus", folder)
    (folder / "metrics.key").write_text("a key")
    printed = run("promtool", "check", "config", "--lint=all", "--lint-fatal", str(folder / "prometheus.yml"))
    assert printed.count("rules found") == len(RULES)


@needs_prometheus
def test_alertmanager_takes_its_configuration() -> None:
    assert "3 receivers" in run("amtool", "check-config", str(DEPLOY / "alertmanager.yml"))


@needs_prometheus
def test_each_alert_fires_when_it_should_and_not_otherwise() -> None:
    run("promtool", "test", "rules", str(CASES))


def test_each_alert_has_a_case_in_which_it_fires() -> None:
    fired = set()
    for case in yaml.safe_load(CASES.read_text())["tests"]:
        for asked in case["promql_expr_test"]:
            fired |= {sample["labels"] for sample in asked.get("exp_samples", ())}
    assert set(rules.alerts()) == {
        name for name in rules.alerts() if any(f'alertname="{name}", alertstate="firing"' in labels for labels in fired)
    }


@needs_prometheus
@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ("alertname=DataStale severity=critical", "on-call"),
        ("alertname=QueueBackedUp severity=warning", "operation"),
        ("alertname=DsarOverdue severity=critical team=compliance", "compliance"),
    ],
)
def test_who_is_told(labels: str, receiver: str) -> None:
    file = f"--config.file={DEPLOY / 'alertmanager.yml'}"
    assert run("amtool", "config", "routes", "test", file, *labels.split()).strip() == receiver


def test_what_one_alert_keeps_quiet_are_alerts_that_there_are() -> None:
    configuration = yaml.safe_load((DEPLOY / "alertmanager.yml").read_text())
    named = {
        name
        for rule in configuration["inhibit_rules"]
        for matcher in rule["source_matchers"] + rule["target_matchers"]
        for name in matcher.partition('"')[2].strip('"').split("|")
        if matcher.startswith("alertname")
    }
    assert len(named) > 5
    assert named <= set(rules.alerts())


@pytest.mark.parametrize("name", rules.alerts())
def test_an_alert_says_what_it_is_and_what_to_do(name: str) -> None:
    alert = rules.alerts()[name]
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert alert["for"]
    assert set(alert["annotations"]) == {"summary", "description", "runbook_url"}
    assert alert["annotations"]["runbook_url"] == f"RUNBOOK.md#{name.lower()}"


def test_what_is_recorded_is_used_and_what_is_used_is_recorded() -> None:
    recorded = {rule["record"] for rule in rules.rules() if "record" in rule}
    assert recorded == {name for expression in rules.expressions() for name in RECORDED.findall(expression)}


@pytest.mark.django_db
def test_every_metric_and_label_that_rules_and_panels_name_is_told_from_the_start() -> None:
    samples = scraped()
    for expression in rules.expressions():
        for selector in rules.selectors(expression):
            found = samples[selector.name]
            assert found, f"{selector.name} is not in /metrics"
            assert any(map(selector.finds, found)), f"{selector}: no such sample; there are {found[:5]}"


def scraped() -> dict[str, list[dict[str, Any]]]:
    """The labels of every sample that `/metrics` tells, by its name."""
    _key, secret = api_keys.create("prometheus", ["metrics:scrape"])
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200
    found = defaultdict(list)
    for family in text_string_to_metric_families(answer.content.decode()):
        for sample in family.samples:
            found[sample.name].append(sample.labels)
    return found
