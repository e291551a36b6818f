"""Campaigns that nobody told us of, by what events or reports of costs say; whoever tells us later makes them whole."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from ..changes import changing_figures
from ..models import Campaign
from . import journal, lookups, values
from .campaigns import LONGEST_ID, LONGEST_NAME
from .in_clear import names_somebody


class Named(NamedTuple):
    """A campaign as an event or a report names it: enough for a stub, should nobody know it."""

    external_id: str
    name: str
    channel: str


def add(named: Iterable[Named], at: datetime, import_file: int | None = None) -> None:
    """Make those that are not known, in a transaction of their own; what can be no id is refused with its event.

    Undoing the file that told of them takes them back.
    """
    by_id = {one.external_id: one for one in named if _may_be(one)}
    missing = sorted(by_id.keys() - lookups.campaign_ids(by_id.keys()))
    if not missing:
        return
    with changing_figures(at):
        stubs = [
            Campaign(external_id=one, name=by_id[one].name, channel=by_id[one].channel, is_stub=True) for one in missing
        ]
        Campaign.objects.bulk_create(stubs, ignore_conflicts=True)
        if import_file is not None:
            made = set(lookups.campaign_ids(missing).values())
            journal.note({campaign: {journal.STUB: True} for campaign in made}, made, import_file, at)


def _may_be(one: Named) -> bool:
    """Not so where it names somebody: names of campaigns are read by all, and kept in clear."""
    if names_somebody(one.external_id) or names_somebody(one.name, roles=True):
        return False
    said = {"campaign": one.external_id, "name": one.name}
    try:
        name = values.text(said, "name", LONGEST_NAME)
        return one.external_id == values.text(said, "campaign", LONGEST_ID) and one.name == name
    except values.Refused:
        return False
