"""What is kept and shown in clear names nobody, by whichever door it comes; and ids that are no addresses are taken."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from analytics.ingest import record_campaigns, record_costs, record_events
from analytics.ingest.in_clear import file_name, names_somebody
from analytics.models import Campaign, CampaignCost, DeadLetterRow, ImportFile, Source
from tests.analytics.test_import_pages import COLUMNS, act, page, uploaded
from tests.analytics.test_segment import post as to_segment
from tests.analytics.test_uploads import ada
from tests.compliance import keys

__all__ = ["ada"]
NEW = {"campaign": "spring", "name": "Spring", "channel": "email"}
COST = {"campaign": "spring", "date": "2026-10-05", "amount": "1", "source": "ads"}
TOLD = "looks like somebody's e-mail address or phone number; send one without it"


@pytest.mark.parametrize(
    "text",
    [
        "ada@example.com", "for ada.l+x@mail.example.co.uk, twice", "ADA@EXAMPLE.COM", "ada%40example.com",
        "ada＠example.com", "<ada@example.com>", "info@shop.example newsletter", "jörg@bücher.example",
        "+49 170 1234567", "+491701234567", "+1 (555) 010-0199", "２ada@example.com",
        "ada\u200b@example.com", "a\u00adda@example.com", "ada@exa\u200dmple.com", "ada\u034f@example.com",
        "ada@example\u3002com", "ada@example\uff61com", "ada%2540example.com", "ada%25252540example.com",
        "ada&#64;example.com", "ada&commat;example&period;com", "ada&amp;#64;example.com", '"ada b"@example.com',
        "tel:+442079460000", "TEL:020 7946 0000", "%2B442079460000", "(+44) 20 7946 0000", "+44 20 7946 0000 ext 5",
        "+44 20 7946 0000 x5", "tel:+44-20-7946-0000;ext=5", "+44\u201320\u20137946\u20130000", "\u200b+442079460000",
    ],
)  # fmt: skip
def test_an_address_or_a_phone_number_names_somebody(text: str) -> None:
    assert names_somebody(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "spring-sale", "2026-10@summer", "@summer", "ads@", "a @ b.example", "ada@localhost", "v1@2.0", "50% @ all",
        "120210000000000001", "23851234567890123", "0171 1234567", "+20% in October", "+10 2026", "C++ 2026-10-05",
        "utm_source=google&utm_medium=cpc", "Größe L @ Wien", "R&amp;D 100%25 + more", "a%20b&copy=1", "tel: 42",
        "telco:2026", '"summer" @ "winter"', "+1 2026-10-05 x", "A/B + 20261005 1200", "Größe%40L", "अनि @ दिल्ली",
    ],
)  # fmt: skip
def test_ids_of_platforms_and_signs_alone_name_nobody(text: str) -> None:
    assert not names_somebody(text)


@pytest.mark.parametrize(
    ("name", "is_somebody"),
    [
        ("info@shop.example newsletter", False),
        ("From No-Reply@shop.example", False),
        ("ada@shop.example newsletter", True),
        ("info@shop.example, ada@shop.example", True),
    ],
)
def test_a_company_s_own_mailbox_may_stand_in_a_name(name: str, is_somebody: bool) -> None:
    assert names_somebody(name, roles=True) == is_somebody


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("export zoe.quux@example.com.csv", "export ….csv"),
        ("ada@example.com", "…"),
        ("ada%40example.com 2026.CSV.gz", "….CSV.gz"),
        ("+442079460000.csv", "….csv"),
        ("costs@2026.csv", "costs@2026.csv"),
        ("banner@2x.tsv", "banner@2x.tsv"),
        (f"{'x' * 290} ada@example.com.csv", f"{'x' * 290} ….csv"),
        (f"{'x' * 400}\0.csv", "x" * 300),
    ],
)
def test_a_file_is_kept_under_its_name_without_addresses(given: str, kept: str) -> None:
    assert file_name(given) == kept


def refused(url: str, scope: str, body: Any) -> tuple[str, str]:
    answer = Client().post(url, json.dumps(body), content_type="application/json", headers=keys.headers(scope))
    assert answer.status_code == 400
    assert "ada@" not in answer.content.decode()
    found = answer.json()
    return (
        (found["results"][0]["field"], found["results"][0]["reason"]) if "results" in found else ("", found["detail"])
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("url", "scope", "item", "field"),
    [
        ("campaigns", "campaigns:write", NEW | {"campaign": "ada@example.com"}, "campaign"),
        ("campaigns", "campaigns:write", NEW | {"name": "For ada@example.com"}, "name"),
        ("campaigns", "campaigns:write", NEW | {"tags": ["vip", "ada@example.com"]}, "tags"),
        ("costs", "costs:write", COST | {"source": "ada@example.com"}, "source"),
        ("costs", "costs:write", COST | {"item": "ada@example.com"}, "item"),
    ],
)
def test_items_that_would_show_somebody_are_rejected_by_their_field(
    url: str, scope: str, item: dict[str, Any], field: str
) -> None:
    told = refused(f"/api/v1/{url}", scope, [item])
    assert told[0] == field
    assert told[1].startswith(f"{field}: ")
    assert told[1].endswith(TOLD)
    assert not Campaign.objects.exists()
    assert "ada@" not in DeadLetterRow.objects.get().reason


@pytest.mark.django_db
@pytest.mark.parametrize(("url", "scope"), [("events", "events:write"), ("costs", "costs:write")])
def test_a_source_of_a_whole_call_is_no_address(url: str, scope: str) -> None:
    assert refused(f"/api/v1/{url}", scope, {"source": "ada@example.com", url: [{}]})[1].endswith(f"{TOLD}.")
    assert not Source.objects.exists()


@pytest.mark.django_db
def test_an_unknown_campaign_called_like_somebody_is_rejected_and_not_repeated() -> None:
    at = timezone.now()
    event = {"event_id": "1", "type": "sent", "occurred_at": at.isoformat(), "contact": "7"}
    record_events([event | {"campaign": "ada@example.com"}], source="x", at=at)
    record_costs([COST | {"campaign": "ada@example.com"}], at=at, channel="search")
    for reason in DeadLetterRow.objects.values_list("reason", flat=True):
        assert reason.startswith("campaign: is unknown and looks like somebody's address")
    assert DeadLetterRow.objects.count() == 2
    assert not Campaign.objects.exists()


@pytest.mark.django_db
def test_campaigns_that_are_known_already_go_on_and_odd_ids_are_taken() -> None:
    Campaign.objects.create(external_id="ada@example.com", name="Old", channel="email")
    at = timezone.now()
    told = [{"campaign": "ada@example.com", "status": "ended"}, NEW | {"campaign": "2026-10@summer"}]
    assert record_campaigns(told, at=at).rejected == 0
    assert (
        record_costs([COST | {"campaign": "ada@example.com"}, COST | {"campaign": "2026-10@summer"}], at=at).rejected
        == 0
    )
    assert record_costs([COST | {"campaign": "7@winter"}], at=at, channel="search").rejected == 0
    assert CampaignCost.objects.count() == 3


@pytest.mark.django_db
def test_a_client_of_segment_that_names_a_campaign_after_somebody_makes_none() -> None:
    key = keys.headers("events:write")["Authorization"].partition(" ")[2]
    track = {"type": "track", "userId": "7", "event": "Email Opened", "messageId": "m1"}
    to_segment("track", track | {"properties": {"campaign_id": "ada@example.com"}}, key)
    assert "looks like somebody's address" in DeadLetterRow.objects.get().reason
    assert not Campaign.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_files_come_from_no_address_by_either_door(ada: Client, tmp_path: Path) -> None:
    (tmp_path / "costs.csv").write_text("campaign,date,amount\nspring,2026-10-05,1\n")
    (tmp_path / "for ada@example.com.csv").write_text("campaign,date,amount,source\nspring,2026-10-05,1,x\n")
    with pytest.raises(SystemExit):
        call_command("import_costs", str(tmp_path / "for ada@example.com.csv"))
    assert ImportFile.objects.get().name == "for ….csv"
    with pytest.raises(CommandError, match=f"--source: .*{TOLD}"):
        call_command("import_costs", str(tmp_path / "costs.csv"), "--source", "ada@example.com")
    record = uploaded(ada, name="ada@example.com.csv")
    assert record.name == "….csv"
    assert "ada@" not in page(ada, record)
    answer = act(ada, record, "start", **COLUMNS | {"column-3": "", "source": "ada@example.com"})
    assert answer.status_code == 400
    assert "send one without it" in answer.content.decode()
