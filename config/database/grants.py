"""What the web server and BI tools may do in the database. Whoever owns the tables may everything, by owning them."""

from collections.abc import Iterable

import psycopg
from psycopg import sql

BI = "bi"
LOCK = 7_305_020  # the advisory lock's key; any number of its own
ALL = "SELECT, INSERT, UPDATE, DELETE"
KEEP, CHANGE = "SELECT, INSERT, UPDATE", "SELECT, UPDATE"

# Pages and the API add rows to these and never change one.
APPEND_ONLY = (
    "access_review_signature",
    "api_request_log",
    "audit_trail",
    "pii_access_log",
    "recommendation_decisions",
)
# Pages write these and take nothing out of them: what is kept for compliance goes by its retention, in a job.
KEPT = ("access_review", "access_review_finding", "consent_grant", "data_subject_request", "legal_hold", "notice")
# Jobs make their rows, and people say in them what came of it.
ANSWERED = ("access_alert", "log_finding")
# Jobs and commands write these, pages read them: what was counted, and what proves that nobody changed a log.
READ_ONLY = (
    "access_watch",
    "alert_watch",
    "arrival",
    "audit_anchor",
    "audit_chain",
    "audit_seal",
    "campaign_attribution",
    "campaign_month",
    "contact_month",
    "django_migrations",
    "engagement",
    "event",
    "event_key",
    "heartbeat",
    "hour_forecast",
    "identity_alias",
    "job_total",
    "ledger_followed",
    "look_total",
    "marketing_scheduler_log",
    "missing_costs",
    "rebuild",
    "source_day",
    "source_forecast",
    "spend_reading",
    "suppression",
    "view_refresh",
)
# Where jobs put down what they work on.
JOBS_ALONE = (
    "event_repeat",
    "fold_credit",
    "fold_delta",
    "fold_event",
    "fold_large",
    "fold_message",
    "fold_staging",
    "rebuild_contact",
    "rebuild_contact_month",
    "rebuild_delta",
    "rebuild_engagement",
    "rebuild_hourly",
    "rebuild_ledger",
    "rebuild_rate",
    "rebuild_touched",
)
# What the web role may do to the tables of schema public; to all others ALL. Rows are added to logs by column.
WEB = (("SELECT", APPEND_ONLY + READ_ONLY), (KEEP, KEPT), (CHANGE, ANSWERED), ("", JOBS_ALONE))

# One row is a table that is reached by its name; partitions are reached through theirs, whose privileges count.
TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relispartition
ORDER BY relname
"""
# One row is a table to which rows are added, with the columns that are said then: which transaction wrote a row of a
# log, the database says, for that is the order in which rows are sealed, and one of no time never would be.
SAID = """
SELECT relname, array_agg(attname::text ORDER BY attnum) FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relnamespace = 'public'::regnamespace AND relname = ANY(%s) AND attnum > 0 AND NOT attisdropped
    AND attname <> 'written_by'
GROUP BY relname
"""
CLOSE = """
REVOKE CREATE ON SCHEMA public, reporting FROM PUBLIC;
REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC
"""
TAKE = """
REVOKE ALL ON ALL TABLES IN SCHEMA public, reporting FROM {role};
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public, reporting FROM {role};
REVOKE ALL ON SCHEMA public, reporting FROM {role}
"""
# The second half is of tables that a job or a migration makes later: they can be read at once.
GIVE_REPORTING = """
GRANT USAGE ON SCHEMA reporting TO {role};
GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA reporting GRANT SELECT ON TABLES TO {role}
"""
GIVE_PUBLIC = """
GRANT USAGE ON SCHEMA public TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {role}
"""


def apply(connection: psycopg.Connection, *, web: str | None, bi: str | None) -> None:
    """Bring the privileges of these roles to what stands above, in one transaction, as the owner of the tables."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        _run(connection, CLOSE, database=connection.info.dbname)
        for role in filter(None, (web, bi)):
            _run(connection, TAKE, role=role)
            _run(connection, GIVE_REPORTING, role=role)
        if web:
            _run(connection, GIVE_PUBLIC, role=web)
            for privileges, tables in of_web(table for (table,) in connection.execute(TABLES)):
                order = sql.SQL(f"GRANT {privileges} ON {{}} TO {{}}")
                connection.execute(order.format(sql.SQL(", ").join(map(_public, tables)), sql.Identifier(web)))
            for table, columns in connection.execute(SAID, [list(APPEND_ONLY)]).fetchall():
                said = sql.SQL(", ").join(map(sql.Identifier, columns))
                grant = sql.SQL("GRANT INSERT ({}) ON {} TO {}")
                connection.execute(grant.format(said, _public(table), sql.Identifier(web)))


def admit(connection: psycopg.Connection, login: str) -> None:
    """Let a login read what BI may read, which it finds without naming the schema."""
    _run(connection, "GRANT {bi} TO {login}; ALTER ROLE {login} SET search_path = reporting", bi=BI, login=login)


def of_web(tables: Iterable[str]) -> list[tuple[str, list[str]]]:
    """The tables by what the web role may do to them; those to which it may do nothing are left out."""
    special = {table: privileges for privileges, named in WEB for table in named}
    found: dict[str, list[str]] = {}
    for table in tables:
        found.setdefault(special.get(table, ALL), []).append(table)
    return [(privileges, named) for privileges, named in found.items() if privileges]


def _public(table: str) -> sql.Identifier:
    return sql.Identifier("public", table)


def _run(connection: psycopg.Connection, orders: str, **names: str) -> None:
    quoted = {name: sql.Identifier(value) for name, value in names.items()}
    for order in orders.split(";"):
        connection.execute(sql.SQL(order).format(**quoted))
