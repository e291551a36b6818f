"""Who owns the embedded database: a role that is no superuser, which is for the wrapper alone."""

import psycopg
from psycopg import sql

from config.database import logins

OWNER = "marketing_owner"

# It makes the other roles, and the fold spares itself the packing of keys (analytics/fold/steps.py).
MAY = """
ALTER ROLE {owner} CREATEROLE;
GRANT SET ON PARAMETER wal_compression TO {owner};
REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE postgres TO {owner}
"""
# One row is an object that the superuser made before there was an owner; partitions and views are objects, too.
SUPERUSERS = """
SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END,
    format('%I.%I', nspname, relname)
FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
WHERE relowner = current_user::regrole AND relkind IN ('r', 'p', 'v', 'm', 'S') AND nspname IN ('public', 'reporting')
    AND NOT EXISTS (  -- sequences of a column go with its table
        SELECT FROM pg_depend
        WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND refobjsubid > 0 AND deptype IN ('a', 'i'))
UNION ALL
SELECT 'ROUTINE', p.oid::regprocedure::text
FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
WHERE proowner = current_user::regrole AND nspname IN ('public', 'reporting')
UNION ALL
SELECT 'SCHEMA', quote_ident(nspname) FROM pg_namespace
WHERE nspowner = current_user::regrole AND nspname = 'reporting'
"""


def ensure(connection: psycopg.Connection, database: str, password: str) -> None:
    """Make the owner and the database, as the superuser connected to another database."""
    logins.ensure(connection, OWNER, password)
    for order in MAY.split(";"):
        connection.execute(sql.SQL(order).format(owner=sql.Identifier(OWNER)))
    known = connection.execute("SELECT oid FROM pg_database WHERE datname = %s", [database]).fetchone()
    order = "ALTER DATABASE {} OWNER TO {}" if known else "CREATE DATABASE {} OWNER {}"
    connection.execute(sql.SQL(order).format(sql.Identifier(database), sql.Identifier(OWNER)))


def hand_over(connection: psycopg.Connection) -> None:
    """Give the owner what the superuser has in this database, all of it or nothing."""
    with connection.transaction():
        for kind, name in connection.execute(SUPERUSERS).fetchall():
            connection.execute(f"ALTER {kind} {name} OWNER TO {OWNER}".encode())
