"""What the web server may do in the database, logged in as it does: all that pages need, and nothing to the logs."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone
from psycopg import sql

from analytics import reporting
from analytics.fold import partitions
from analytics.ingest import record_events
from analytics.models import Campaign, DeadLetterRow, Hook, InboxBatch, RejectedItems, SavedView, Source
from analytics.sources import apart
from compliance.models import AuditEntry, DataSubjectRequest, LoggedRequest, PiiAccess
from config.database import grants, logins
from recommendations.models import Decision, Recommendation
from tests.analytics.events import event
from tests.analytics.people import CANARY, contact_of, spring
from tests.compliance import keys
from tests.compliance.access import REASON
from tests.config import web_role
from tests.recommendations.made import made

pytestmark = pytest.mark.django_db(transaction=True)
API, PAGES = "/api/v1/", "/admin/marketing/"
LATER = datetime(2031, 12, 31, tzinfo=UTC)


@pytest.fixture
def campaign(admin_user: User) -> Campaign:
    return spring()


@pytest.fixture
def row() -> Recommendation:
    return made()


@pytest.fixture
def key(admin_user: User) -> dict[str, str]:
    return keys.headers("all", owner=admin_user)


@pytest.fixture
def web(django_db_setup: None) -> Iterator[psycopg.Connection]:
    """A connection that Django has no part in."""
    with login(web_role.name(), web_role.PASSWORD) as found:
        yield found


def login(role: str, password: str) -> psycopg.Connection:
    parameters = connection.get_connection_params()
    parameters = {name: parameters[name] for name in ("host", "port", "dbname") if name in parameters}
    return psycopg.connect(**parameters, user=role, password=password, autocommit=True)


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, (answer.request["PATH_INFO"], answer.status_code, answer.content[:2000])
    return answer


def read(client: Client, *addresses: str) -> None:
    for address in addresses:
        answer = ok(client.get(address))
        if answer.streaming:
            b"".join(answer.streaming_content)


def test_a_round_of_all_pages(campaign: Campaign, row: Recommendation) -> None:
    client, one = Client(), contact_of(CANARY)
    page = f"{PAGES}campaigns/{campaign.pk}/"
    with web_role.logged_in():
        ok(client.post("/admin/login/?next=/admin/", {"username": "admin", "password": "password"}), 302)
        read(
            client, PAGES, page, f"{PAGES}campaigns/", f"{PAGES}campaigns/csv/", f"{page}drilldown/", f"{PAGES}health/"
        )
        read(client, f"{PAGES}recommendations/", f"{PAGES}recommendations/{row.pk}/", f"{PAGES}campaigns/views/")
        ok(client.post(f"{PAGES}campaigns/views/save/", {"name": "Mails", "query": "channel=email"}), 302)
        ok(client.post(f"{page}consent/?date=2026-10-01", {"purpose": "complaint", "reason": REASON}), 302)
        read(client, f"{page}contacts/?date=2026-10-01")
        assert CANARY in ok(client.post(f"{page}contacts/{one}/reveal/?date=2026-10-01")).content.decode()
        ok(client.post(f"{PAGES}recommendations/{row.pk}/accept/"), 302)
        ok(client.post("/admin/logout/"))
    assert SavedView.objects.count() == Decision.objects.count() == 1
    assert [*PiiAccess.objects.order_by("id").values_list("act", flat=True)][:3] == ["granted", "listed", "revealed"]
    assert LoggedRequest.objects.count() == 6


def test_a_round_of_the_data_page(campaign: Campaign) -> None:
    client, data = Client(), f"{PAGES}data/"
    with web_role.logged_in():
        client.force_login(User.objects.get())
        ok(client.post(f"{data}webhooks/", {"name": "mail", "provider": "brevo", "key": ""}))
        ok(client.post(f"{data}webhooks/{Hook.objects.get().pk}/rotate/"))
        source = f"{data}sources/{Source.objects.get(name='mail').pk}/"
        assert "a sample event is accepted" in ok(client.post(f"{source}test/")).content.decode()
        record_events([event(type="eaten")], source="shop", at=timezone.now())
        read(client, data, source)
        group = apart.rejected()[0]["key"]
        ok(client.post(f"{data}rejected/{group}/discard/"))
    assert RejectedItems.objects.get().items == 1
    assert not DeadLetterRow.objects.exists()


def test_a_round_of_the_admin(campaign: Campaign) -> None:
    client = Client()
    with web_role.logged_in():
        client.force_login(User.objects.get())
        index = ok(client.get("/admin/"))
        models = [model for app in index.context["app_list"] for model in app["models"] if model["admin_url"]]
        read(client, *(model["admin_url"] for model in models))
        read(client, *(model["add_url"] for model in models if model["add_url"]))
        password = {"usable_password": "true", "password1": "long enough 17", "password2": "long enough 17"}
        ok(client.post("/admin/auth/user/add/", {"username": "bob"} | password), 302)
        asked = {"kind": "erasure", "regime": "gdpr", "identifiers": CANARY}
        moment = {"received_at_0": "2026-10-02", "received_at_1": "00:00:00"}
        ok(client.post("/admin/compliance/datasubjectrequest/add/", asked | moment), 302)
        request = DataSubjectRequest.objects.get()
        change = f"/admin/compliance/datasubjectrequest/{request.pk}/change/"
        ok(client.post(change, {"act": "acknowledge", "check": "", "words": ""}), 302)
        bob = User.objects.get(username="bob")
        ok(client.post(f"/admin/auth/user/{bob.pk}/delete/", {"post": "yes"}), 302)
    assert len(models) > 10
    assert AuditEntry.objects.filter(act="acknowledged").exists()


def test_a_round_of_the_api(campaign: Campaign, row: Recommendation, key: dict[str, str]) -> None:
    client, one, numbers = Client(headers=key), contact_of(CANARY), count()

    def post(path: str, body: Any, status: int = 200) -> Any:
        headers = {"Idempotency-Key": str(next(numbers))}
        return ok(client.post(API + path, json.dumps(body), "application/json", headers=headers), status)

    with web_role.logged_in():
        post("campaigns", {"campaign": "autumn", "name": "Autumn", "channel": "email"}, 201)
        post("campaigns", {"campaign": "autumn", "name": "Late autumn", "channel": "email"})
        post("events", {"events": [event(campaign="autumn", type=kind) for kind in ("sent", "clicked")]}, 202)
        cost = {"campaign": "autumn", "date": "2026-10-05", "amount": "1", "currency": "USD", "source": "google-ads"}
        post("costs", {"costs": [cost]}, 201)
        post("contacts", {"contacts": [{"contact": CANARY, "email": CANARY}]})
        post("pii/consent", {"campaign": campaign.pk, "purpose": "complaint", "reason": REASON}, 201)
        assert post("pii/reveal", {"campaign": campaign.pk, "contact": one}).json()["contact"] == CANARY
        post("compliance/dsar", {"kind": "access", "regime": "gdpr", "identifiers": [CANARY]}, 201)
        post(f"recommendations/{row.pk}/accept", {})
        reads = ("kpi?metrics=sends", "kpi/timeseries?metrics=sends", "funnel", "campaigns", "freshness", "metrics")
        of_one = ("details", "drilldown?level=contact&date=2026-10-01")
        read(client, *(f"{API}{path}" for path in (*reads, "recommendations", "jobs", "health", "sources")))
        read(client, *(f"{API}campaigns/{campaign.pk}/{path}" for path in of_one))
        ok(client.delete(f"{API}pii/consent/{PiiAccess.objects.filter(act='granted').get().grant_id}"), 204)
    assert InboxBatch.objects.count() == 1
    assert LoggedRequest.objects.count() == 10


ON_A_LOG = (
    "UPDATE {} SET id = id",
    "DELETE FROM {}",
    "TRUNCATE {}",
    "ALTER TABLE {} DISABLE TRIGGER ALL",
    "ALTER TABLE {} DISABLE TRIGGER rows_stay",
    "ALTER TABLE {} OWNER TO CURRENT_USER",
    "DROP TABLE {}",
    "DROP TRIGGER rows_stay ON {}",
    "CREATE RULE nothing AS ON INSERT TO {} DO INSTEAD NOTHING",
    "COPY {} TO PROGRAM 'cat'",
    "COPY {} FROM PROGRAM 'true'",
    "COPY {} TO '/tmp/log'",
    "DO 'BEGIN LOCK TABLE {} IN ACCESS EXCLUSIVE MODE; END'",
)
ANYWHERE = (
    "SET session_replication_role = replica",
    "CREATE TABLE public.mine (n int)",
    "CREATE TABLE reporting.mine (n int)",
    "CREATE TEMPORARY TABLE identity (n int)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION refuse_change() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION public.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "DROP FUNCTION refuse_change CASCADE",
    "CREATE ROLE mine",
    "ALTER ROLE CURRENT_USER CREATEROLE",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_ls_dir('/')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT pg_reload_conf()",
    "ALTER SYSTEM SET fsync = off",
    "SELECT rolpassword FROM pg_authid",
    "SELECT add_log_month('api_request_log', '2040-01-01')",
    "UPDATE event SET value = 0",
    "INSERT INTO campaign_attribution SELECT * FROM campaign_attribution",
    "DELETE FROM django_migrations",
    "DELETE FROM access_alert",
    "INSERT INTO access_alert SELECT * FROM access_alert",
    "DELETE FROM access_review",
    "DELETE FROM access_review_finding",
    "DELETE FROM consent_grant",
    "DELETE FROM data_subject_request",
    "DELETE FROM legal_hold",
    "DELETE FROM suppression",
    "INSERT INTO suppression SELECT * FROM suppression",
    "UPDATE access_watch SET seen_until = now()",
    "DELETE FROM marketing_scheduler_log",
    "SELECT * FROM fold_staging",
)


def refused(connection: psycopg.Connection, statement: str) -> None:
    with pytest.raises(psycopg.Error) as error:
        connection.execute(statement.encode())
    assert error.value.sqlstate == "42501", error.value  # insufficient privilege


@pytest.mark.parametrize("log", ["pii_access_log", "audit_trail", "api_request_log"])
def test_a_log_can_be_added_to_and_nothing_else(web: psycopg.Connection, log: str) -> None:
    for statement in ON_A_LOG:
        refused(web, statement.format(log))
    web.execute(f"GRANT ALL ON {log} TO CURRENT_USER".encode())  # only warns
    privileges = "SELECT array_agg(privilege_type::text ORDER BY 1) FROM information_schema.table_privileges"
    mine = web.execute(f"{privileges} WHERE table_name = %s AND grantee = current_user", [log])
    assert mine.fetchone() == (["SELECT"],)
    columns = "SELECT array_agg(column_name::text) FROM information_schema.column_privileges"
    added = web.execute(f"{columns} WHERE table_name = %s AND privilege_type = 'INSERT'", [log]).fetchone()
    assert {"id", "at", "username"} <= set(added[0])  # type: ignore[index]
    assert "written_by" not in added[0]  # type: ignore[index]


@pytest.mark.parametrize("log", ["pii_access_log", "audit_trail", "api_request_log"])
def test_no_row_of_a_log_says_which_transaction_wrote_it(web: psycopg.Connection, log: str) -> None:
    """One that says a wrong one is never sealed, and the chain would be called broken for ever."""
    for written_by in (3, 9_000_000_000):
        refused(web, f"INSERT INTO {log} (at, written_by) VALUES (now(), '{written_by}')")


@pytest.mark.parametrize("statement", ANYWHERE)
def test_what_no_page_needs_is_refused(web: psycopg.Connection, statement: str) -> None:
    refused(web, statement)


def test_it_is_nobody_else_and_owns_nothing(web: psycopg.Connection) -> None:
    attributes = web.execute(
        "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls, "
        "EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid), "
        "EXISTS (SELECT FROM pg_shdepend WHERE refobjid = pg_roles.oid AND deptype = 'o') "
        "FROM pg_roles WHERE rolname = current_user"
    )
    assert attributes.fetchone() == (False, False, False)
    owner = str(connection.settings_dict["USER"])
    refused(web, f"SET ROLE {owner}")
    refused(web, f"SET SESSION AUTHORIZATION {owner}")


def test_every_name_of_the_table_of_grants_is_a_table() -> None:
    tables = {table for (table,) in web_role.raw().execute(grants.TABLES)}
    named = [table for _privileges, tables in grants.WEB for table in tables]
    assert set(named) - tables <= {"audit_seal", "audit_anchor", "audit_chain"}
    assert len(named) == len(set(named))
    assert dict(grants.of_web(["audit_seal", "identity", "fold_event"])) == {
        "SELECT": ["audit_seal"],
        grants.ALL: ["identity"],
    }


def test_months_that_jobs_add_later_are_reached_through_their_table_alone(web: psycopg.Connection) -> None:
    owner = web_role.raw()
    try:
        assert owner.execute("SELECT add_log_month('api_request_log', '2031-12-01')").fetchone() == (True,)
        with connection.cursor() as cursor:
            assert partitions.ensure(cursor, [partitions.month_of(LATER)]) == ["event_2031_12"]
        with web_role.logged_in():
            LoggedRequest.objects.create(at=LATER, method="POST", status=200, duration_ms=1)
        assert web.execute("SELECT count(*) FROM api_request_log_2031_12").fetchone() == (1,)
        assert web.execute("SELECT count(*) FROM event").fetchone() == (0,)
        for statement in (
            "UPDATE {} SET status = 1",
            "DELETE FROM {}",
            "TRUNCATE {}",
            "INSERT INTO {} SELECT * FROM {}",
        ):
            refused(web, statement.format(*["api_request_log_2031_12"] * 2))
    finally:
        web_role.raw().execute("DROP TABLE IF EXISTS api_request_log_2031_12, event_2031_12")


@pytest.fixture
def tool() -> Iterator[psycopg.Connection]:
    """A BI tool's login, as `manage.py create_bi_login` makes it."""
    owner, name = web_role.raw(), f"{connection.settings_dict['NAME']}_tool"
    logins.ensure(owner, name, "a password")
    grants.admit(owner, name)
    with login(name, "a password") as found:
        yield found
    owner.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def test_bi_reads_each_view_of_reporting_and_no_table(tool: psycopg.Connection) -> None:
    for view in reporting.VIEWS:
        tool.execute(f"SELECT * FROM {view}".encode())
        refused(tool, f"REFRESH MATERIALIZED VIEW {view}")
    tables = [table for (table,) in web_role.raw().execute(grants.TABLES)]
    assert len(tables) > 50
    for table in tables:
        refused(tool, f"SELECT * FROM public.{table}")
    for statement in ("CREATE TABLE reporting.mine (n int)", "CREATE TEMPORARY TABLE mine (n int)", *ANYWHERE[:2]):
        refused(tool, statement)


def test_a_view_made_later_is_read_at_once(tool: psycopg.Connection, web: psycopg.Connection) -> None:
    owner = web_role.raw()
    owner.execute("CREATE MATERIALIZED VIEW reporting.made_later AS SELECT 1 AS n")
    try:
        for reader in (tool, web):
            assert reader.execute("SELECT n FROM reporting.made_later").fetchone() == (1,)
    finally:
        owner.execute("DROP MATERIALIZED VIEW reporting.made_later")


def test_granting_again_changes_nothing(web: psycopg.Connection) -> None:
    privileges = "SELECT relname, relacl::text FROM pg_class WHERE NOT relispartition ORDER BY oid"
    before = web.execute(privileges).fetchall()
    web_role.make()
    assert web.execute(privileges).fetchall() == before
