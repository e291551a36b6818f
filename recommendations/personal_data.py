"""What this app keeps, column by column: nothing of contacts, but texts that people type."""

from compliance.retention import Policy
from compliance.sources import Fields, Kind, of_kind
from compliance.subjects.texts import FreeTexts

FIELDS: dict[str, Fields] = {
    "recommendation": Fields(
        nothing="id rule rule_version campaign_id action score base adequacy stability money currency as_of "
        "proposed_at expires_at state version snoozed_until decided_at implemented_on closed_at",
        free="proposal evidence expected plan settings outcome",
    ),
    "recommendation_decisions": Fields(
        nothing="id recommendation_id decision reason state_before state_after at",
        staff="user_id username key_prefix",
        free="note",
    ),
    "recommendation_rule": Fields(nothing="rule muted muted_by_itself changed_at", free="thresholds muted_because"),
}
SOURCES = (FreeTexts("texts of recommendations", of_kind(FIELDS, Kind.FREE)),)
POLICIES: tuple[Policy, ...] = ()
