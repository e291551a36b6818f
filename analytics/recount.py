"""Counting everything anew from `event` and `campaign_costs`, into temporary tables of the running transaction.

`verify` holds the kept totals against them; `rebuild` puts them in the totals' place.
"""

from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from . import sql
from .fold.steps import parameters

# table kept -> temporary table with what it should hold; in the order in which they are counted
COUNTED: tuple[tuple[str, str], ...] = (
    ("campaign_attribution", "recount_ledger"),
    ("engagement", "recount_engagement"),
    ("contact_month", "recount_contact_month"),
    ("campaign_hourly", "recount_hourly"),
    ("campaign_daily", "recount_daily"),
)

STATEMENTS: tuple[str, ...] = (
    sql.load("recount/ledger"),
    sql.load("recount/delta", engagement="count/engagement", messages="count/messages", events="recount/events",
             credit="count/credits", credits="recount/credits"),
    sql.load("recount/engagement", engagements="count/engagements", messages="count/messages",
             events="recount/events"),
    sql.load("recount/contact_month"),
    sql.load("recount/hourly"),
    sql.load("recount/daily"),
)  # fmt: skip


def count(cursor: CursorWrapper) -> None:
    """Fill the temporary tables; they go with the transaction."""
    cursor.execute("SET LOCAL jit = off")
    cursor.execute("SET LOCAL work_mem = '256MB'")
    for table in ("recount_delta", *(counted for _, counted in COUNTED)):
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")  # of an earlier count in the same transaction
    values = parameters(timezone.now())
    for statement in STATEMENTS:
        cursor.execute(statement, values)
