"""The rules, one visible table. A new one is a file and a row."""

from collections.abc import Mapping

from ..findings import Broken, Finding
from ..norms import Norms
from ..snapshot import Snapshot
from . import content, landing_page, list_health, low_roas, send_time, subject_line, winner
from .rule import SHARED, Rule, Settings, Threshold, Tunable

__all__ = ["BY_NAME", "RULES", "SHARED", "TUNABLE", "Rule", "Settings", "Threshold", "Tunable", "defaults", "find_all"]

RULES: tuple[Rule, ...] = (
    low_roas.RULE,
    winner.RULE,
    subject_line.RULE,
    content.RULE,
    landing_page.RULE,
    send_time.RULE,
    list_health.RULE,
)
BY_NAME: dict[str, Rule] = {rule.name: rule for rule in RULES}
TUNABLE: dict[str, Tunable] = {row.name: row for row in (SHARED, *RULES)}


def defaults() -> dict[str, dict[str, float]]:
    """The thresholds of every rule as they are until somebody changes them."""
    return {rule.name: rule.defaults() for rule in RULES}


def find_all(snapshot: Snapshot, settings: Mapping[str, Settings], broken: list[Broken] | None = None) -> list[Finding]:
    """What the rules named in `settings` find, campaign by campaign; a rule without settings is not asked.

    What a rule raises is put into `broken` and costs its finding alone; without that list it goes on.
    """
    around = Norms(snapshot)
    asked = [(rule, settings[rule.name]) for rule in RULES if rule.name in settings]
    found = []
    for campaign in snapshot.campaigns:
        for rule, own in asked:
            try:
                found.append(rule.find(campaign, around, own))
            except Exception as error:
                if broken is None:
                    raise
                broken.append(Broken(rule.name, campaign.id, error))
    return [finding for finding in found if finding is not None]
