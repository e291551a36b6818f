"""Outside names to our numbers, a whole batch at a time; in plain SQL, which costs a third of the same by the ORM."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from ..machine_rules import RULES_VERSION, is_machine_agent
from ..models import Source
from ..user_agents import adopt_rules

ADD_AGENTS = """
-- One row is a user agent not seen before.
INSERT INTO user_agent (text, is_machine, rules_version)
SELECT text, is_machine, %(version)s FROM unnest(%(texts)s::text[], %(machines)s::boolean[]) AS fresh (text, is_machine)
ORDER BY text COLLATE "C"
ON CONFLICT (text) DO NOTHING
"""
ADD_CONTACTS = """
-- One row is a contact not seen before.
INSERT INTO contact (id, created_at)
SELECT id, %(at)s FROM unnest(string_to_array(%(ids)s, ',')::bigint[]) AS seen (id) ORDER BY id
ON CONFLICT (id) DO NOTHING
"""


def source_id(name: str) -> int:
    """The id of a source, made when it is new."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM source WHERE name = %s", [name])
        known = cursor.fetchone()
    return known[0] if known else Source.objects.get_or_create(name=name)[0].id


def campaign_ids(external_ids: Collection[str]) -> dict[str, int]:
    """The ids of those campaigns that are known."""
    if not external_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT external_id, id FROM campaign WHERE external_id = ANY(%s)", [list(external_ids)])
        return dict(cursor.fetchall())


def user_agent_ids(texts: Collection[str]) -> dict[str, int]:
    """The id of each user agent; new ones are stored, with whether they are a machine's."""
    if not texts:
        return {}
    found = _known_agents(list(texts))
    missing = [text for text in texts if text not in found]
    if missing:
        machines = [is_machine_agent(text) for text in missing]
        with connection.cursor() as cursor:
            cursor.execute(ADD_AGENTS, {"texts": missing, "machines": machines, "version": RULES_VERSION})
        found |= _known_agents(missing)
    return found


def _known_agents(texts: list[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT text, id, rules_version FROM user_agent WHERE text = ANY(%s)", [texts])
        found = cursor.fetchall()
    if any(version != RULES_VERSION for _, _, version in found):
        adopt_rules()
    return {text: agent for text, agent, _ in found}


def add_contacts(contact_ids: Collection[int], at: datetime) -> None:
    """Store those contacts that are new here."""
    with connection.cursor() as cursor:
        cursor.execute(ADD_CONTACTS, {"ids": ",".join(map(str, contact_ids)), "at": at})
