"""The examples of SENDING.md as they stand there, against an installation that is served: what arrives by each."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import environment
from tests.analytics.test_segment_clients import NODE_CLIENT
from tests.fire.site import Site, eventually, installation

DOCUMENT = environment.ROOT / "SENDING.md"
HOOK = "What a mail provider reports"
# What each example adds, by its section and language, as a query counts it.
EVENTS = "SELECT count(*) FROM event e JOIN source s ON s.id = e.source_id WHERE s.name = '{}'"
OF_THE_API, OF_SEGMENT, OF_THE_HOOK = (EVENTS.format(name) for name in ("events", "segment", "newsletter"))
CAMPAIGNS, COSTS = "SELECT count(*) FROM campaign WHERE NOT is_stub", "SELECT count(*) FROM campaign_costs"
KNOWN_BY, OTHERS = "SELECT count(*) FROM identity_field", "SELECT coalesce(sum(events), 0) FROM other_events"
ADDS: dict[tuple[str, str], dict[str, int]] = {
    ("A key", "sh"): {"SELECT count(*) FROM api_key": 1},
    ("Campaigns", "sh"): {CAMPAIGNS: 1},
    ("Campaigns", "python"): {CAMPAIGNS: 1},
    ("Campaigns", "js"): {CAMPAIGNS: 1},
    ("Events", "sh"): {OF_THE_API: 2},
    ("Events", "python"): {OF_THE_API: 1},
    ("Events", "js"): {OF_THE_API: 1},
    ("Costs", "sh"): {COSTS: 1},
    ("Costs", "python"): {COSTS: 1},
    ("Costs", "js"): {COSTS: 1},
    ("What contacts are known by", "sh"): {KNOWN_BY: 1},
    ("What contacts are known by", "python"): {KNOWN_BY: 2},
    ("What contacts are known by", "js"): {KNOWN_BY: 1},
    ("Segment's clients", "sh"): {OF_SEGMENT: 2, KNOWN_BY: 2, OTHERS: 1},
    ("Segment's clients", "python"): {OF_SEGMENT: 2, KNOWN_BY: 1},
    ("Segment's clients", "js"): {OF_SEGMENT: 2, KNOWN_BY: 1},
    (HOOK, "sh"): {OF_THE_HOOK: 2},
    (HOOK, "python"): {OF_THE_HOOK: 1},
    (HOOK, "js"): {OF_THE_HOOK: 1},
    ("Files", "sh"): {
        CAMPAIGNS: 1, EVENTS.format("warehouse"): 2, EVENTS.format("shop"): 1, COSTS: 1,
        "SELECT count(*) FROM currency_rate": 1,
    },
}  # fmt: skip
WITHOUT_NODE = "There is no Node here to run JavaScript by"


def examples() -> Iterator[tuple[str, str, str]]:
    """Section, language and text of each, in their order."""
    section = ""
    for heading, language, text in re.findall(
        r"^## ([^\n]+)$|^```(\w+)\n(.*?)^```$", DOCUMENT.read_text(), re.M | re.S
    ):
        section = heading or section
        if language:
            yield section, language, text


class Reader:
    """Somebody who copies examples into a terminal, and has what they export in the next one."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.folder = folder
        self.environ = site.environ | {"MARKETING_URL": f"http://127.0.0.1:{site.port}"}
        (folder / ".venv").symlink_to(sys.prefix)
        (folder / "manage.py").symlink_to(environment.ROOT / "manage.py")

    def run(self, language: str, text: str) -> None:
        {"sh": self._sh, "python": self._python, "js": self._js}[language](text)

    def _sh(self, text: str) -> None:
        self._run("bash", "-euo", "pipefail", "-c", f"{text}\nenv -0 > exported")
        pairs = (pair.partition("=") for pair in (self.folder / "exported").read_text().split("\0") if pair)
        self.environ |= {name: value for name, _, value in pairs if name.startswith("MARKETING_")}

    def _python(self, text: str) -> None:
        (self.folder / "example.py").write_text(text)
        self._run(sys.executable, "example.py")

    def _js(self, text: str) -> None:
        if not shutil.which("node"):
            pytest.skip(WITHOUT_NODE)
        if "@segment/" in text and not (self.folder / "node_modules").exists():
            npm = ("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", NODE_CLIENT)
            done = subprocess.run(npm, cwd=self.folder, capture_output=True, text=True, timeout=120, check=False)
            if done.returncode:
                pytest.skip(f"npm did not give {NODE_CLIENT}: {done.stderr[-300:]}")
        (self.folder / "example.mjs").write_text(text)
        self._run("node", "example.mjs")

    def _run(self, *words: str) -> None:
        done = subprocess.run(
            words, cwd=self.folder, env=self.environ, capture_output=True, text=True, timeout=180, check=False
        )
        assert done.returncode == 0, (words, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with installation() as site:
        yield site


@pytest.fixture(scope="module")
def reader(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Who has followed those of the terminal: made a key, campaigns, an address for reports."""
    reader = Reader(site, tmp_path_factory.mktemp("reader"))
    follow(site, reader, "sh")
    return reader


def follow(site: Site, reader: Reader, language: str) -> None:
    """Run the examples in a language, and wait until each has added what it should, and nothing was set apart."""
    for section, written_in, text in examples():
        if written_in != language:
            continue
        adds = ADDS[section, language]
        wanted = {query: count(site, query) + added for query, added in adds.items()}
        reader.run(language, text)
        eventually(
            lambda wanted=wanted: {query: count(site, query) for query in wanted} == wanted,  # type: ignore[misc]
            seconds=5,
            what=f"{section}, {language}: {wanted}",
        )
        assert site.query("SELECT reason FROM dead_letter_row") == []


def count(site: Site, query: str) -> int:
    return int(site.query(query)[0][0])


def test_every_example_says_what_it_adds() -> None:
    assert sorted(example[:2] for example in examples()) == sorted(ADDS)


@pytest.mark.parametrize("language", ["python", "js"])
def test_the_examples_do_what_they_say(site: Site, reader: Reader, language: str) -> None:
    follow(site, reader, language)


def test_the_figures_are_what_the_examples_of_the_terminal_told(site: Site, reader: Reader) -> None:
    assert "No difference" in site.run("verify_totals")
    figures = site.ask("GET", "/api/v1/kpi?campaign=winter&metrics=sends,cost&start=2026-10-05&end=2026-10-06").json
    assert {name: float(figures["metrics"][name]["value"]) for name in ("sends", "cost")} == {"sends": 2, "cost": 15.25}
