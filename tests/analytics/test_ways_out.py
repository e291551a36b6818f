"""Ways out of what is wrong with a file: each is provoked by its reader, and said by each door in its own words."""

import gzip
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command, load_command_class
from django.test import Client
from django.utils import timezone

from analytics import tasks
from analytics.ingest import cells, columns, costs, files, importing, looking, orders, record_costs
from analytics.ingest.cells import Reading
from analytics.ingest.events import unknown_campaign
from analytics.ingest.files import BrokenFile, Lines
from analytics.ingest.values import Rejection
from analytics.ingest.ways_out import LABELS, WORDS, Door, Fault, Way, WayOut
from analytics.models import DeadLetterRow
from analytics.pages import import_form
from tests.analytics.test_import_pages import COLUMNS, act, page, uploaded
from tests.analytics.test_uploads import ada

__all__ = ["ada"]
COSTS, EVENTS = importing.BY_NAME["costs"], importing.BY_NAME["events"]
ROW = {"campaign": "c", "date": "2026-10-05", "amount": "1", "source": "ads"}
FILES = (Door.COMMAND, Door.FORM)
COMMANDS = ("import_costs", "import_events")


@dataclass(frozen=True)
class Held:
    """A file in memory."""

    content: bytes
    name: str = "costs.csv"

    @property
    def size(self) -> int:
        return len(self.content)

    def open(self) -> io.BytesIO:
        return io.BytesIO(self.content)


def broken(read: Callable[[], Any]) -> Fault:
    with pytest.raises(BrokenFile) as error:
        read()
    return error.value.fault


def lines_of(content: bytes, encoding: str = "utf-8") -> Fault:
    return broken(lambda: list(files.rows(Lines(Held(content), encoding), ",")))


def cost(decimal: str = ".", **given: str) -> Rejection:
    found = cells.read_costs(ROW | given, "", Reading(decimal=decimal), "EUR")
    assert isinstance(found, Rejection)
    return found


def noted(content: bytes, part: str) -> Fault:
    notes = looking.look(Held(content), COSTS).notes
    return next(note for note in notes if part in note.what)


def unknown() -> Rejection:
    parsed = costs.parse_cost(ROW, today=date(2026, 10, 6), reporting_currency="EUR", source="")
    (found,), _ = costs._keyed([parsed], {}, False)
    assert isinstance(found, Rejection)
    return found


def order(**given: str) -> Rejection:
    found = orders.read_row({"order": "1", "amount": "1"} | given, "", Reading(type="converted"))
    assert isinstance(found, Rejection)
    return found


GOOGLE = b"Campaign report\nTime zone: (GMT+01:00) Berlin\nDay,Campaign,Cost,Impr.\n2026-10-05,A,1,2\n"
PROVOKED: Mapping[Way, Callable[[], Fault | Rejection]] = {
    Way.ENCODING: lambda: lines_of(b"a,b\n1,\xe9\n"),
    Way.DELIMITER: lambda: broken(lambda: columns.match(["campaign;date"], COSTS.fields, ["date"], {})),
    Way.COLUMN: lambda: broken(lambda: columns.match(["campaign", "Tag"], COSTS.fields, ["date"], {})),
    Way.MAPPING: lambda: broken(lambda: columns.match(["campaign"], COSTS.fields, [], {"Tag": "date"})),
    Way.PLATFORM: lambda: broken(lambda: looking.look(Held(b"a,b\n1,2\n"), COSTS, platform="meta")),
    Way.DAY: lambda: importing.NO_DAY,
    Way.NO_DAY: lambda: importing.DAY_TWICE,
    Way.DATES: lambda: cost(date="3/4/2026"),
    Way.DECIMAL: lambda: cost(",", amount="1.50"),
    Way.CURRENCY: lambda: cost(amount="$1"),
    Way.TIME_ZONE: lambda: noted(GOOGLE, "Time zone: (GMT+01:00) Berlin"),
    Way.CAMPAIGN: lambda: unknown_campaign("nowhere"),
    Way.CREATES: lambda: unknown(),
    Way.TYPE: lambda: broken(lambda: columns.match(["order"], EVENTS.fields, EVENTS.required, {})),
    Way.STATUS: lambda: order(status="packed"),
    Way.AGAIN: lambda: lines_of(gzip.compress(b"a,b\n" * 9_999)[:-9]),
}


def said(fault: Fault | Rejection, door: Door) -> str:
    return fault.said(door) if isinstance(fault, Fault) else fault.said(door).reason


@pytest.mark.django_db
@pytest.mark.parametrize("way", Way)
def test_every_way_out_is_provoked_and_said_by_the_command_and_the_form_in_their_own_words(way: Way) -> None:
    fault = PROVOKED[way]()
    (out,) = [one for one in fault.ways if one.way is way]
    command, form = (out.said(door) for door in FILES)
    assert command
    assert form
    assert command != form
    assert "{" not in command + form
    for door, words in zip(FILES, (command, form), strict=True):
        told = said(fault, door)
        assert words[1:] in told
        if isinstance(fault, Rejection):
            assert told.startswith(f"{fault.field}: ")


@pytest.mark.parametrize("way", Way)
def test_words_of_commands_name_options_that_there_are_and_those_of_the_form_none(way: Way) -> None:
    parsers = [load_command_class("analytics", name).create_parser("manage.py", name) for name in COMMANDS]
    options = {name for parser in parsers for action in parser._actions for name in action.option_strings}
    assert set(re.findall(r"--[a-z-]+", WORDS[way].command)) <= options
    assert "--" not in WORDS[way].form
    assert "import_" not in WORDS[way].form


@pytest.mark.django_db(transaction=True)
def test_words_of_the_form_quote_what_stands_on_it(ada: Client) -> None:
    costs = "campaign,date,amount,source\nspring-sale,2026-10-05,1,ads\n"
    shop = "order,date,contact,amount\n1,2026-10-05,ada,1\n"
    form = page(ada, uploaded(ada, costs)) + page(ada, uploaded(ada, shop))
    shown = set(re.findall(r"<label[^>]*><span>([^<]+)", form) + re.findall(r"<option[^>]*>([^<]+)", form))
    assert set(LABELS.values()) <= shown
    for words in WORDS.values():
        assert set(re.findall("“([^”]*)”", words.form)) <= shown


@pytest.mark.django_db
@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be"])
def test_what_is_written_in_utf_32_is_recognised(encoding: str) -> None:
    content = "campaign,date,amount\nspring,2026-10-05,1\n".encode(encoding)
    seen = looking.look(Held(content), COSTS)
    assert (seen.encoding[:6], seen.header) == ("utf-32", ("campaign", "date", "amount"))
    assert seen.rows == (("spring", "2026-10-05", "1"),)


def test_who_says_another_encoding_of_utf_32_is_told_it() -> None:
    content = "a,b\n1,2\n".encode("utf-32")
    assert "--encoding utf-32." in lines_of(content).said(Door.COMMAND)
    assert "utf-32" in importing.NUL_IN_HEADER.said(Door.FORM)
    assert "utf-32" in import_form.ENCODINGS
    assert "--encoding utf-32-le." in lines_of("a,b\n".encode("utf-32-le"), "utf-32").said(Door.COMMAND)


@pytest.mark.parametrize(("decimal", "amount"), [(".", "5,00"), (".", "1.234,56"), (",", "5.00"), (",", "1,234.56")])
def test_whoever_chose_the_other_decimal_sign_is_told_to_choose_it(decimal: str, amount: str) -> None:
    told = cost(decimal, amount=amount).said(Door.FORM).reason
    assert told.startswith(f'amount: is no number with "{decimal}" before its decimals')
    assert told.endswith("choose the other under “Numbers are written”")


def test_ways_that_a_door_has_not_are_left_out() -> None:
    fault = Rejection("campaign", "campaign: is unknown", (WayOut(Way.CAMPAIGN), WayOut(Way.CREATES)))
    assert fault.said(Door.API).reason == "campaign: is unknown; create it first (POST /api/v1/campaigns)"
    assert fault.said(Door.COMMAND).reason.endswith(
        "; create it first (import_campaigns), or have such campaigns made (--create-campaigns)"
    )
    assert Rejection("x", "x: is wrong; mend it").said(Door.FORM).reason == "x: is wrong; mend it"
    assert Fault("It is cut.").said(Door.API) == "It is cut."


@pytest.mark.django_db(transaction=True)
def test_a_file_is_refused_in_the_words_of_the_door_it_came_to(ada: Client, tmp_path: Path) -> None:
    content = "campaign,date,amount,source\nspring-sale,2026-10-05,1,ads\n"
    (tmp_path / "odd.csv").write_bytes(content.encode() + b"spring-sale,2026-10-06,1,\xe9\n")
    with pytest.raises(CommandError, match="Say what the file is written in, perhaps --encoding latin"):
        call_command("import_costs", str(tmp_path / "odd.csv"), "--encoding", "utf-8")
    record = uploaded(ada, content)
    act(ada, record, "start", **COLUMNS, day="2026-10-05")
    assert "--" not in page(ada, record).split('id="import-problem"')[1].split("</div>")[0]


@pytest.mark.django_db(transaction=True)
def test_a_row_is_rejected_in_the_words_of_the_door_its_file_came_to(ada: Client, tmp_path: Path) -> None:
    content = "campaign,date,amount,source\nnowhere,2026-10-05,1,ads\n"
    act(ada, uploaded(ada, content), "start", **COLUMNS)
    tasks.run_import()
    (tmp_path / "plain.csv").write_text(content + "nowhere,2026-10-06,1,ads\n")
    with pytest.raises(SystemExit):
        call_command("import_costs", str(tmp_path / "plain.csv"))
    record_costs([ROW], at=timezone.now())
    form, *command, api = DeadLetterRow.objects.order_by("id").values_list("reason", flat=True)
    assert form.endswith("by a file of campaigns, or choose “are created” for “Campaigns that are unknown”")
    assert {one.partition("; ")[2] for one in command} == {
        "create it first (import_campaigns), or have such campaigns made (--create-campaigns)"
    }
    assert api.endswith("; create it first (POST /api/v1/campaigns)")
