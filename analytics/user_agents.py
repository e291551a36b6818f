"""Which user agents are machines': known ones follow a change of the rules before the next event that bears them."""

from .changes import totals_locked
from .machine_rules import RULES_VERSION, is_machine_agent

_OTHERS = "SELECT id, text, is_machine FROM user_agent WHERE rules_version <> %s ORDER BY id"
_ADOPT = """
UPDATE user_agent a SET is_machine = now.is_machine, rules_version = %s
FROM unnest(%s::integer[], %s::boolean[]) AS now (id, is_machine) WHERE a.id = now.id
"""
# Folded since the rules changed, yet by what the agent was before: an older class, for `reclassify` to find.
_MARK = """
UPDATE event SET rules_version = 0
WHERE type IN (5, 6) AND rules_version = %s AND user_agent_id = ANY(%s)
"""


def adopt_rules() -> int:
    """Class every known user agent by the rules of today; how many are now something else."""
    with totals_locked() as cursor:
        cursor.execute(_OTHERS, [RULES_VERSION])
        agents = [(agent, was, is_machine_agent(text)) for agent, text, was in cursor.fetchall()]
        if agents:
            cursor.execute(_ADOPT, [RULES_VERSION, [agent for agent, _, _ in agents], [now for _, _, now in agents]])
        changed = [agent for agent, was, now in agents if was != now]
        if changed:
            cursor.execute(_MARK, [RULES_VERSION, changed])
    return len(changed)
