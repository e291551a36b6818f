"""The rules and panels as they stand in their files, and what they name."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from config import environment

DEPLOY = environment.ROOT / "deploy"
RULES = sorted((DEPLOY / "prometheus" / "rules").glob("*.yml"))
DASHBOARD = DEPLOY / "grafana" / "dashboards" / "marketing.json"

SELECTOR = re.compile(r"\b(?P<name>(?:django|marketing)_\w+)(?:\{(?P<matchers>[^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
RECORDED = re.compile(r"\bmarketing:[\w:]+")
OF_PROMETHEUS = {"job", "instance"}  # labels that it puts on itself


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric of the product, and what an expression asks of its labels: (label, operator, value)."""

    name: str
    matchers: tuple[tuple[str, str, str], ...]

    def finds(self, labels: dict[str, str]) -> bool:
        """Whether it would find a sample of that name; of what it excludes only the label must be there."""
        return all(
            label in labels and _fits(operator, value, labels[label]) for label, operator, value in self.matchers
        )


def _fits(operator: str, value: str, of: str) -> bool:
    return operator.startswith("!") or (of == value if operator == "=" else bool(re.fullmatch(value, of)))


def groups() -> Iterator[dict[str, Any]]:
    for file in RULES:
        yield from yaml.safe_load(file.read_text())["groups"]


def rules() -> list[dict[str, Any]]:
    return [rule for group in groups() for rule in group["rules"]]


def alerts() -> dict[str, dict[str, Any]]:
    found = {rule["alert"]: rule for rule in rules() if "alert" in rule}
    assert len(found) == len([rule for rule in rules() if "alert" in rule]), "two alerts have one name"
    return found


def dashboard() -> dict[str, Any]:
    board: dict[str, Any] = json.loads(DASHBOARD.read_text())
    return board


def of_panels() -> list[str]:
    """Their expressions, with a value for Grafana's own variable."""
    found = [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    found += [entry["expr"] for entry in dashboard()["annotations"]["list"]]
    return [expression.replace("$__rate_interval", "1m") for expression in found]


def expressions() -> list[str]:
    return [rule["expr"] for rule in rules()] + of_panels()


def selectors(expression: str) -> Iterator[Selector]:
    for found in SELECTOR.finditer(expression):
        matchers = (match for match in MATCHER.findall(found["matchers"] or "") if match[0] not in OF_PROMETHEUS)
        renamed = ((label.removeprefix("exported_"), operator, value) for label, operator, value in matchers)
        yield Selector(found["name"], tuple(renamed))
