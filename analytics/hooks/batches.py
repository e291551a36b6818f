"""A call of many reports as calls of one each, so that one that cannot be read costs itself alone. Pure."""

import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

LISTED = "events"
BY_USER = "events_by_user"  # of Unisender Go


@dataclass(frozen=True, slots=True)
class Batch:
    """A list of reports, or what lists them as Mailtrap and Unisender Go do; `form` names the field it came in."""

    said: Any
    reports: list[Any]
    form: str

    def alone(self, report: Any, *, in_list: bool) -> Any:
        """A request of this report alone, as far as anymail reads one; `in_list` where one comes as a list of one."""
        text = json.dumps(self._wrapped(report, in_list))
        return SimpleNamespace(body=text.encode(), POST={self.form: text} if self.form else {})

    def _wrapped(self, report: Any, in_list: bool) -> Any:
        if isinstance(self.said, list):
            return [report] if in_list else report
        listed = {LISTED: [report]}
        return {BY_USER: [listed]} if BY_USER in self.said else listed


def batch_of(text: str | bytes, form: str) -> Batch | None:
    """The batch that a text is, from a field of a form or the body itself; None where it is none."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    within = said
    if isinstance(said, dict):
        users = said.get(BY_USER, [said])
        within = users[0] if isinstance(users, list) and len(users) == 1 else None
        within = within.get(LISTED) if isinstance(within, dict) else None
    return Batch(said, within, form) if isinstance(within, list) else None
