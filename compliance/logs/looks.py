"""How many looks at people there were: counted as they are sealed, for that happens to each row once, in one process.

Counted by whoever looks they would wait for each other; counted when somebody asks, a log of years would be read.
"""

import json
from collections import Counter
from collections.abc import Iterable

from django.db import connection

from ..models import PiiAccess
from .chain import Row

LOG = PiiAccess._meta.db_table
ADD = """
INSERT INTO look_total AS total (act, acts, contacts)
SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[])
ON CONFLICT (act) DO UPDATE SET acts = total.acts + excluded.acts, contacts = total.contacts + excluded.contacts
"""


def count(rows: Iterable[Row]) -> None:
    """Add these rows of the access log, in the transaction that seals them."""
    acts, contacts = Counter[str](), Counter[str]()
    for row in rows:
        said = json.loads(row.content)
        acts[said["act"]] += 1
        contacts[said["act"]] += len(said.get("contact_ids", ()))
    with connection.cursor() as cursor:
        cursor.execute(ADD, [list(acts), list(acts.values()), [contacts[act] for act in acts]])
