"""The runbook: a section for each alert and no other, and in it nothing that there is not."""

import re

import pytest
from django.core.management import get_commands
from django.urls import Resolver404, resolve

from config.metrics.series import JOBS, SERIES
from tests.deploy import rules
from tests.deploy.rules import DEPLOY

TEXT = (DEPLOY / "RUNBOOK.md").read_text()
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
PARTS = {"means", "users notice", "look first", "mend", "afterwards"}


def test_every_alert_has_a_section_and_every_section_an_alert() -> None:
    assert set(SECTIONS) == set(rules.alerts())


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_tells_what_it_means_and_what_to_do(name: str) -> None:
    bold = [part for words in re.findall(r"\*\*(.+?)\*\*", SECTIONS[name]) for part in words.lower().split(", ")]
    assert sorted(bold) == sorted(PARTS)


def test_links_lead_to_sections() -> None:
    links = set(re.findall(r"\]\(#(\w+)\)", TEXT))
    assert links
    assert links <= {name.lower() for name in SECTIONS}


def test_commands_are_there() -> None:
    named = set(re.findall(r"manage\.py\s+([a-z_]+)", TEXT))
    assert len(named) > 3
    assert named <= set(get_commands())


def test_addresses_are_there() -> None:
    named = set(re.findall(r"(?:ask |\$BASE)/?((?:api/v1|metrics)[\w/$]*)", TEXT))
    assert len(named) > 3
    for path in named:
        address = resolve("/" + path.replace("$1", JOBS[0]))
        assert address.url_name is not None, path
    with pytest.raises(Resolver404):
        resolve("/no/such")


def test_facts_and_the_jobs_that_it_names_are_there() -> None:
    asked = [word for words in re.findall(r"facts '?([\w|]+)", TEXT) for word in words.split("|")]
    assert len(asked) > 10
    for word in asked:
        assert any(one.name.startswith(f"marketing_{word}") for one in SERIES), word
    assert {"fold_inbox", "refresh_views", "answer_requests", "verify_totals", "verify_audit"} <= set(JOBS)
