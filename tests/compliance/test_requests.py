"""Requests of people about their data: who may do what when, and how long there is."""

from datetime import timedelta

import pytest

from compliance.models import AuditEntry, DataSubjectRequest, LegalHold
from compliance.subjects import clocks, holds, requests
from compliance.subjects.clocks import Urgency
from compliance.subjects.requests import CannotDo
from tests.compliance.access import actor
from tests.compliance.requests import NOW, WORDS, approved, fresh, officer, received, verified

pytestmark = pytest.mark.django_db
ADA = "ada@example.com"


def trail() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("act", flat=True))


def hold(*identifiers: str, days: int = 90) -> LegalHold:
    return holds.place(
        identifiers or (ADA,), "Claim 4711 at the district court", "Counsel", NOW + timedelta(days=days),
        by=officer(), at=NOW,
    )  # fmt: skip


@pytest.mark.parametrize(("regime", "days", "extended"), [("gdpr", 28, 84), ("ccpa", 45, 90)])
def test_the_clock_runs_from_the_day_it_came(regime: str, days: int, extended: int) -> None:
    request = received("access", ADA, regime=regime, received_at=NOW - timedelta(days=3))
    assert request.due_at == NOW + timedelta(days=days - 3)

    requests.extend(request, "Many systems to be searched", by=officer(), at=NOW)
    assert fresh(request).due_at == NOW + timedelta(days=extended - 3)
    with pytest.raises(CannotDo, match="once"):
        requests.extend(request, "Even more systems to be searched", by=officer(), at=NOW)


def test_no_month_of_the_calendar_is_shorter_than_the_clock() -> None:
    february = NOW.replace(year=2027, month=1, day=31)
    assert clocks.due("gdpr", february) <= february.replace(month=2, day=28)
    assert clocks.due("gdpr", february, extended=True) <= february.replace(month=4, day=30)


def test_who_is_late_cannot_extend() -> None:
    request = received("access", ADA)
    with pytest.raises(CannotDo, match="late already"):
        requests.extend(request, "We forgot about this one", by=officer(), at=NOW + timedelta(days=28))


@pytest.mark.parametrize(
    ("days", "urgency"), [(0, Urgency.IN_TIME), (20, Urgency.IN_TIME), (21, Urgency.SOON), (28, Urgency.LATE)]
)
def test_urgency(days: int, urgency: Urgency) -> None:
    due_at = NOW + timedelta(days=28)
    assert clocks.urgency(due_at, None, NOW + timedelta(days=days)) is urgency
    assert clocks.urgency(due_at, NOW, NOW + timedelta(days=99)) is Urgency.CLOSED


def test_the_same_request_again_is_the_one_that_is_open() -> None:
    first = received("erasure", ADA)
    again, new = requests.receive("erasure", "gdpr", ["x-17", ADA.upper()], by=officer(), at=NOW)
    assert (again.pk, new) == (first.pk, False)
    other, new = requests.receive("access", "gdpr", [ADA], by=officer(), at=NOW)
    assert new
    requests.refuse(first, "Nobody could show who they are", by=officer(), at=NOW)
    after, new = requests.receive("erasure", "gdpr", [ADA], by=officer(), at=NOW)
    assert new
    assert len({first.pk, other.pk, after.pk}) == 3


def test_who_it_is_stands_nowhere_in_clear() -> None:
    request = received("access", ADA)
    row = DataSubjectRequest.objects.filter(pk=request.pk).values_list().get()
    assert ADA.encode() not in b"".join(bytes(one) for one in row if isinstance(one, bytes | memoryview))
    assert ADA not in str(AuditEntry.objects.values_list().get())
    assert requests.person_of(request).identifiers == (ADA,)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        (("theft", "gdpr", [ADA]), "kind"),
        (("access", "lgpd", [ADA]), "regime"),
        (("access", "gdpr", [" "]), "identifiers"),
        (("access", "gdpr", ["x" * 201]), "identifiers"),
        (("access", "gdpr", ["a\0b"]), "identifiers"),
        (("access", "gdpr", [str(n) for n in range(11)]), "identifiers"),
    ],
)
def test_what_cannot_be_taken_is_named(fields: tuple[str, str, list[str]], named: str) -> None:
    with pytest.raises(CannotDo) as error:
        requests.receive(*fields, by=officer(), at=NOW)
    assert error.value.field == named


def test_an_erasure_needs_a_second_person_who_may() -> None:
    request = verified("erasure", ADA)
    with pytest.raises(CannotDo, match="second person"):
        requests.approve(request, by=officer(), at=NOW)
    with pytest.raises(CannotDo, match="permission"):
        requests.approve(request, by=actor(), at=NOW)
    requests.approve(request, by=officer("omar"), at=NOW)
    assert (fresh(request).state, fresh(request).approved_by) == ("approved", "omar")
    assert trail() == ["received", "identity checked", "approved"]


def test_what_a_key_entered_takes_two_people_as_well() -> None:
    request = verified("erasure", ADA)  # olga found out who asks
    DataSubjectRequest.objects.filter(pk=request.pk).update(asked_by_id=None, asked_by="key portal")
    with pytest.raises(CannotDo, match="you checked who asks; a second person"):
        requests.approve(request, by=officer(), at=NOW)
    requests.approve(request, by=officer("omar"), at=NOW)
    assert fresh(request).state == "approved"


def test_nothing_is_approved_before_it_is_known_who_asks() -> None:
    with pytest.raises(CannotDo, match="while it is verified"):
        requests.approve(received("erasure", ADA), by=officer("omar"), at=NOW)
    with pytest.raises(CannotDo, match="who asks"):
        requests.confirm_identity(received("access", ADA), "not_needed", by=officer(), at=NOW)


def test_a_hold_forbids_an_erasure_until_it_is_over() -> None:
    request, held = verified("erasure", "x-17", ADA), hold()
    with pytest.raises(CannotDo, match=r"Claim 4711.*Counsel can lift it"):
        requests.approve(request, by=officer("omar"), at=NOW)
    requests.approve(request, by=officer("omar"), at=NOW + timedelta(days=90))
    assert fresh(request).state == "approved"
    holds.lift(held, by=officer(), at=NOW)
    requests.approve(verified("erasure", "bob"), by=officer("omar"), at=NOW)


def test_a_hold_says_why_who_and_until_when() -> None:
    for fields, named in (
        ({"reason": "short"}, "reason"),
        ({"reviewer": " "}, "reviewer"),
        ({"expires_at": NOW}, "expires_at"),
        ({"identifiers": [" "]}, "identifiers"),
    ):
        given = {
            "identifiers": [ADA],
            "reason": "Claim 4711 at court",
            "reviewer": "C",
            "expires_at": NOW.replace(year=2027),
        }
        with pytest.raises(holds.CannotHold) as error:
            holds.place(**(given | fields), by=officer(), at=NOW)  # type: ignore[arg-type]
        assert error.value.field == named


def test_what_people_do_by_hand_is_closed_with_what_was_done() -> None:
    request = verified("rectification", ADA)
    requests.complete(request, WORDS, by=officer(), at=NOW)
    assert (fresh(request).state, fresh(request).outcome, fresh(request).closed_at) == ("done", WORDS, NOW)
    with pytest.raises(CannotDo, match="done by a job"):
        requests.complete(verified("access", ADA), WORDS, by=officer(), at=NOW)
    with pytest.raises(CannotDo, match="e-mail"):
        requests.refuse(received("objection", ADA), f"{ADA} was not found", by=officer(), at=NOW)


def test_an_erasure_at_work_cannot_be_refused_any_more() -> None:
    request = approved(ADA)
    DataSubjectRequest.objects.update(state="running")
    with pytest.raises(CannotDo, match="running"):
        requests.refuse(request, "Changed our minds about it", by=officer(), at=NOW)
