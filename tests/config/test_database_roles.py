"""The roles are made by whoever owns the database, if that one may; if not, a line says what to do."""

from collections.abc import Iterator
from urllib.parse import quote

import psycopg
import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql
from pytest_django import Settings

from config import environment
from config.database import grants, logins, roles
from config.embedded.owner import OWNER
from config.embedded.postgres import Postgres
from tests.config import web_role

pytestmark = pytest.mark.django_db(transaction=True)
WEB, PASSWORD = "tests_other_web", "it's a password / of: the@tests"


@pytest.fixture
def owner_url(settings: Settings) -> str:
    given = connection.settings_dict
    password = quote(str(given["PASSWORD"]), safe="")
    url = f"postgres://{given['USER']}:{password}@{given['HOST']}:{given['PORT']}/{given['NAME']}"
    settings.OWNER_DATABASE_URL = url
    return url


@pytest.fixture
def web_url(settings: Settings, owner_url: str) -> Iterator[str]:
    """Of a role that there is not yet."""
    settings.WEB_DATABASE_URL, settings.WEB_DATABASE_GIVEN = logins.renamed(owner_url, WEB, PASSWORD), False
    yield settings.WEB_DATABASE_URL
    drop(WEB)


def drop(role: str) -> None:
    owner, name = web_role.raw(), sql.Identifier(role)
    if logins.exists(owner, role):
        owner.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(name))
        owner.execute(sql.SQL("DROP OWNED BY {}").format(name))
        owner.execute(sql.SQL("DROP ROLE {}").format(name))


def prepared() -> tuple[str, list[str]]:
    said: list[str] = []
    return roles.prepare(said.append), said


def test_each_database_has_a_web_role_of_its_own_at_the_owners_address() -> None:
    url = "postgresql://own%40er:p%2Fw@db.example.com:5433/mar%20keting?sslmode=require"
    found = logins.web_url(url, "a/b")
    assert found == "postgresql://mar%20keting_web:a%2Fb@db.example.com:5433/mar%20keting?sslmode=require"
    assert logins.user_of(found) == "mar keting_web"


def test_an_owner_who_may_makes_the_web_role_and_keeps_it(web_url: str) -> None:
    assert prepared() == prepared() == ("web", [])
    with psycopg.connect(web_url) as web:
        assert web.execute("SELECT current_user, count(*) FROM audit_trail").fetchone() == (WEB, 0)
    stored = web_role.raw().execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE %s", [f"%{PASSWORD}%"])
    assert stored.fetchone() == (0,)


def test_one_whose_password_is_another_by_now_gets_ours(web_url: str) -> None:
    logins.ensure(web_role.raw(), WEB, "of yesterday")
    assert prepared() == ("web", [])
    assert logins.answers(web_url)


@pytest.mark.skipif(environment.external_postgres(), reason="takes a privilege from the owner, which a superuser may")
def test_where_the_owner_may_not_a_line_says_what_to_do_and_all_goes_on(web_url: str) -> None:
    with Postgres(configured.DATA_DIR).as_superuser() as superuser:
        superuser.execute(f"ALTER ROLE {OWNER} NOCREATEROLE")
        try:
            login, said = prepared()
            assert login == "owner"
            (line,) = said
            assert f"CREATE ROLE {WEB} LOGIN" in line
            assert "WEB_DATABASE_URL" in line
            with pytest.raises(CommandError, match="Let an administrator CREATE ROLE tests_tool"):
                call_command("create_bi_login", "tests_tool")

            made = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(WEB), sql.Literal(PASSWORD))
            superuser.execute(made)  # as the line says
            assert prepared() == ("web", [])
        finally:
            superuser.execute(f"ALTER ROLE {OWNER} CREATEROLE")
            superuser.execute(f"GRANT {WEB} TO {OWNER} WITH ADMIN OPTION")


def test_an_address_that_was_given_must_work(web_url: str, settings: Settings) -> None:
    settings.WEB_DATABASE_GIVEN = True
    with pytest.raises(roles.CannotLogIn, match="WEB_DATABASE_URL"):
        prepared()
    with pytest.raises(CommandError, match="WEB_DATABASE_URL"):
        call_command("apply_grants")
    logins.ensure(web_role.raw(), WEB, PASSWORD)
    assert prepared() == ("web", [])


def test_one_that_owns_the_tables_is_told_and_loses_nothing(owner_url: str, settings: Settings) -> None:
    settings.WEB_DATABASE_URL, settings.WEB_DATABASE_GIVEN = owner_url, True
    login, said = prepared()
    assert (login, len(said)) == ("web", 1)
    assert "may more than pages need" in said[0]
    owns = "SELECT has_table_privilege('audit_trail', 'UPDATE') AND has_table_privilege('campaign', 'SELECT')"
    assert web_role.raw().execute(owns).fetchone() == (True,)


def test_a_privilege_given_by_hand_is_gone_after_a_start(web_url: str) -> None:
    prepared()
    owner = web_role.raw()
    owner.execute(f"GRANT ALL ON audit_trail TO {WEB}; GRANT CREATE ON SCHEMA public TO {WEB}")
    prepared()
    may = "SELECT has_table_privilege(%s, 'audit_trail', 'DELETE') OR has_schema_privilege(%s, 'public', 'CREATE')"
    assert owner.execute(may, [WEB, WEB]).fetchone() == (False,)


def test_a_bi_tool_gets_a_login_that_is_shown_once(
    web_url: str, owner_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        call_command("create_bi_login", "tests_tool")
        address = capsys.readouterr().out.split()[-1]
        with psycopg.connect(address, autocommit=True) as tool:
            assert tool.execute("SELECT count(*) FROM funnel_metrics_mv").fetchone() == (0,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                tool.execute("SELECT FROM public.campaign")
        for name in ("tests_tool", grants.BI, "Tableau", "1st", "a b", "", "x" * 64):
            with pytest.raises(CommandError):
                call_command("create_bi_login", name)
    finally:
        drop("tests_tool")


def test_the_command_says_how_the_web_server_may_log_in(web_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("apply_grants")
    assert capsys.readouterr().out == "The web server may start with DATABASE_LOGIN=web.\n"
