"""What Grafana is given: a board of eight panels whose every expression Prometheus understands."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy import rules
from tests.deploy.rules import DEPLOY
from tests.deploy.test_prometheus import needs_prometheus, run

PROVISIONED = DEPLOY / "grafana" / "provisioning"
SOURCE = {"type": "prometheus", "uid": "${source}"}
UNITS = {"s", "reqps", "percentunit", "short", "none"}  # names that Grafana has
PANELS = (
    "Requests",
    "Errors",
    "Latency",
    "Cache of answers",
    "Fold lag and freshness",
    "Jobs",
    "Queue",
    "People",
)


def provisioned(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((PROVISIONED / name).read_text())
    assert found["apiVersion"] == 1
    return found


def test_the_board_has_its_eight_panels_and_they_do_not_overlap() -> None:
    board = rules.dashboard()
    assert tuple(panel["title"] for panel in board["panels"]) == PANELS
    assert len({panel["id"] for panel in board["panels"]}) == len(PANELS)
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + 8)}
        assert place["h"] == 8
        assert not cells & taken
        taken |= cells


@pytest.mark.parametrize("panel", rules.dashboard()["panels"], ids=PANELS)
def test_a_panel_has_a_unit_a_word_of_what_it_shows_and_the_source_that_was_chosen(panel: dict[str, Any]) -> None:
    assert panel["type"] == "timeseries"
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert panel["datasource"] == SOURCE
    assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
    legends = {target["legendFormat"] for target in panel["targets"]}
    for target in panel["targets"]:
        assert target["datasource"] == SOURCE
        assert target["legendFormat"]
    for override in panel["fieldConfig"]["overrides"]:
        assert override["matcher"]["id"] == "byName"
        assert override["matcher"]["options"] in legends
        assert next(one["value"] for one in override["properties"] if one["id"] == "unit") in UNITS


def test_the_source_is_a_variable_and_one_is_provisioned_as_the_default() -> None:
    (variable,) = rules.dashboard()["templating"]["list"]
    assert (variable["name"], variable["type"], variable["query"]) == ("source", "datasource", "prometheus")
    (source,) = provisioned("datasources/prometheus.yml")["datasources"]
    assert (source["type"], source["isDefault"]) == ("prometheus", True)
    scraping = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    assert source["jsonData"]["timeInterval"] == scraping["global"]["scrape_interval"]
    (provider,) = provisioned("dashboards/marketing.yml")["providers"]
    assert provider["type"] == "file"


@needs_prometheus
def test_prometheus_understands_every_expression(tmp_path: Path) -> None:
    recorded = [{"record": f"panel:{number}", "expr": one} for number, one in enumerate(rules.of_panels())]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": recorded}]}))
    assert f"{len(recorded)} rules found" in run("promtool", "check", "rules", str(file))
