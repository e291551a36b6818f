"""The report of a quarter, its signatures and what is followed up."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from compliance import audit, retention
from compliance.logs import anchors
from compliance.logs.chain import End
from compliance.models import AccessReview, AuditEntry, ConsentGrant, ReviewFinding, ReviewSignature
from compliance.reviews import report, signing
from compliance.reviews.quarters import Quarter, between
from compliance.reviews.signing import CannotReview, State
from compliance.sources import Person
from tests.compliance.access import actor
from tests.compliance.looks import AFTER_Q3, IN_Q3, granted, log, person, review, row

NOTE = "Read with all who stand out; one was asked."
BERLIN = ZoneInfo("Europe/Berlin")
pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return person("ada")


@pytest.fixture
def olga() -> User:
    return person("olga", "Compliance officer")


def sign(user: User, at: datetime = AFTER_Q3, note: str = NOTE) -> ReviewSignature:
    found = report.of(review())
    return signing.sign("2026-Q3", found.fingerprint, note, by=actor(user), at=at)


def test_quarters_are_those_of_the_zone() -> None:
    assert Quarter.of(datetime(2026, 9, 30, 22, 30, tzinfo=UTC), BERLIN) == Quarter(2026, 4)
    assert Quarter.of(datetime(2026, 9, 30, 22, 30, tzinfo=UTC), ZoneInfo("UTC")) == Quarter(2026, 3)
    assert Quarter(2026, 1).before == Quarter.named("2025-Q4")
    assert Quarter(2026, 4).ends_at(BERLIN) == datetime(2026, 12, 31, 23, tzinfo=UTC)
    named = [one.name for one in between(Quarter(2025, 4), Quarter(2026, 2))]
    assert named == ["2025-Q4", "2026-Q1", "2026-Q2"]


def test_a_quarter_without_accesses_has_no_review(ada: User) -> None:
    signing.ensure(AFTER_Q3)
    assert not AccessReview.objects.exists()
    log(row(ada, "listed", datetime(2026, 2, 3, tzinfo=UTC), [1]), row(ada, "listed", IN_Q3, [1]))
    signing.ensure(AFTER_Q3)
    signing.ensure(AFTER_Q3)
    assert list(AccessReview.objects.order_by("name").values_list("name", flat=True)) == ["2026-Q1", "2026-Q3"]
    assert signing.state(review("2026-Q1"), AFTER_Q3) is State.OVERDUE
    assert signing.state(review(), AFTER_Q3) is State.DUE
    assert signing.state(review(), IN_Q3) is State.RUNNING


def test_figures_count_what_the_log_has(ada: User) -> None:
    saturday, evening = datetime(2026, 8, 15, 12, tzinfo=UTC), IN_Q3.replace(hour=19)
    log(
        granted(ada, "Ticket 1: nothing came"),
        granted(ada, "Ticket 2: nothing came", purpose="abuse"),
        row(ada, "listed", contacts=[1, 2, 3]),
        row(ada, "listed", contacts=[2, 3, 4], campaign=8),
        row(ada, "timeline", saturday, [4]),
        row(ada, "revealed", evening, [9]),
        row(ada, "revealed", IN_Q3, [9], key_prefix="abcdefgh"),
        row(ada, "refused", evening, [77]),
        row(ada, "ended"),
        row(ada, "listed", AFTER_Q3, [50]),  # of the quarter after
        row(ada, "listed", datetime(2026, 6, 30, 23, 59, tzinfo=UTC), [51, 52]),  # and before
    )
    found = report.of(review()).people[0]
    assert found.figures == {
        "grants": 2, "contacts": 5, "listed": 6, "revealed": 2, "refused": 1, "campaigns": 2, "outside": 2, "looks": 5,
        "by_key": 1, "reasons": 1,
    }  # fmt: skip
    assert found.purposes == {"complaint": 1, "abuse": 1}
    assert found.before is not None
    assert found.before["contacts"] == 2
    assert (found.name, found.role) == ("ada", "Marketing admin")


def test_working_hours_are_those_of_the_zone(ada: User, settings: Settings) -> None:
    log(row(ada, "listed", IN_Q3.replace(hour=17, minute=30), [1]))
    assert report.of(review()).people[0].figures["outside"] == 0
    settings.REPORTING_TIME_ZONE = "Europe/Berlin"  # where it is 19:30
    assert report.of(review()).people[0].figures["outside"] == 1


def test_keys_of_nobody_and_people_who_are_gone_have_their_row(ada: User) -> None:
    log(row(None, "refused", key_prefix="abcdefgh"), row(ada, "listed", contacts=[1]))
    who = f"user-{ada.pk}"
    ada.delete()
    found = {one.who: (one.name, one.role) for one in report.of(review()).people}
    assert found == {"key-abcdefgh": ("key abcdefgh", "Keys of nobody"), who: ("ada", "No user any more")}


def test_outliers_come_first_and_small_groups_are_said(ada: User) -> None:
    others = [person(f"colleague {n}") for n in range(5)]
    officer = person("olga", "Compliance officer")
    for number, one in enumerate(others):
        log(*(row(one, "revealed", contacts=[n]) for n in range(10 + number)))
    log(row(officer, "listed", contacts=range(500)), *(row(ada, "revealed", contacts=[n]) for n in range(120)))
    found = report.of(review())
    assert found.people[0].name == "ada"
    assert found.people[0].standing.lines[0].startswith("120 different contacts: the median of the 6")
    assert [one.name for one in found.people if one.stands_out] == ["ada"]
    assert found.small == (("Compliance officer", 1),)


def test_reasons_that_are_gone_are_said_to_be(ada: User) -> None:
    log(*(granted(ada, "Ticket 1: nothing came") for _ in range(3)), granted(ada, "Ticket 2: asked twice"))
    ConsentGrant.objects.filter(reason__startswith="Ticket 2").delete()
    found = report.reasons(review(), f"user-{ada.pk}")
    assert [(one["reason"], one["grants"]) for one in found] == [("Ticket 1: nothing came", 3), (None, 1)]


def test_a_quarter_is_signed_once_over_by_somebody_who_may(ada: User, olga: User) -> None:
    log(row(ada, "listed", contacts=[1]))
    with pytest.raises(CannotReview, match="not over"):
        sign(olga, at=datetime(2026, 9, 30, 23, 59, tzinfo=UTC))
    with pytest.raises(CannotReview, match=r"compliance\.sign_off"):
        sign(ada)
    with pytest.raises(CannotReview, match="Say in at least 10"):
        sign(olga, note="ok")
    with pytest.raises(CannotReview, match="e-mail address"):
        sign(olga, note="Asked ada@example.com about it")
    assert not AuditEntry.objects.exists()
    signature = sign(olga)
    assert review().signed_at == AFTER_Q3
    assert signing.state(review(), AFTER_Q3) is State.SIGNED
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.object_id, entry.username) == ("signed", "2026-Q3", "olga")
    assert entry.details == {"fingerprint": signature.fingerprint, "people": 1, "left": 0}
    with pytest.raises(CannotReview, match="signed already"):
        sign(person("omar", "Compliance officer"))


def test_ones_own_accesses_are_signed_by_another(ada: User, olga: User) -> None:
    log(row(ada, "listed", contacts=[1]), row(olga, "listed", contacts=[2]))
    sign(olga)
    assert review().signed_at is None
    left = signing.unsigned(report.of(review()), list(review().signatures.all()))
    assert [one.name for one in left] == ["olga"]
    with pytest.raises(CannotReview, match="somebody else signs"):
        sign(olga)
    sign(person("omar", "Compliance officer"), AFTER_Q3 + timedelta(days=1))
    assert review().signed_at == AFTER_Q3 + timedelta(days=1)


def test_who_alone_looked_signs_nothing(olga: User) -> None:
    log(row(olga, "listed", contacts=[2]))
    with pytest.raises(CannotReview, match="All accesses of this quarter are your own"):
        sign(olga)


def test_what_changed_since_it_was_shown_is_not_signed(ada: User, olga: User) -> None:
    log(row(ada, "listed", contacts=[1]))
    shown = report.of(review()).fingerprint
    log(row(ada, "revealed", contacts=[1]))
    with pytest.raises(CannotReview, match="changed since"):
        signing.sign("2026-Q3", shown, NOTE, by=actor(olga), at=AFTER_Q3)


def test_it_can_be_said_later_what_was_signed(ada: User, olga: User) -> None:
    log(row(ada, "listed", contacts=[1]))
    signature = ReviewSignature.objects.get(pk=sign(olga).pk)
    ada.groups.clear()  # roles change, the figures do not
    assert signing.still_said(signature, report.of(review()))
    log(row(ada, "revealed", contacts=[1]))
    assert not signing.still_said(signature, report.of(review()))
    assert not signing.outlived(signature, review())
    start = anchors.Anchor.signed("pii_access_log", "start", AFTER_Q3, End(), before=IN_Q3)
    anchors.keep(start)  # as retention does, when it ends a month
    assert signing.outlived(signature, review())
    signature.content["people"] = {}
    assert report.fingerprint(signature.content) != signature.fingerprint
    assert not signing.outlived(signature, review())


def test_a_fingerprint_is_none_of_a_phone_number() -> None:
    """The audit trail refuses those; hexadecimal digits in one go would be some."""
    for number in range(300):
        entry = audit.note("signed", "x", "y", None, AFTER_Q3, print=report.fingerprint({"n": number}))
        assert len(entry.details["print"]) == 79


def test_findings_are_followed_up_by_another_and_closed(ada: User, olga: User) -> None:
    log(row(ada, "listed", contacts=[1]), row(olga, "listed", contacts=[2]))
    name, who = review().name, f"user-{ada.pk}"
    with pytest.raises(CannotReview, match="your own"):
        signing.follow_up(name, f"user-{olga.pk}", "Looked on a Sunday", by=actor(olga), at=AFTER_Q3)
    with pytest.raises(CannotReview, match="Nobody of that name"):
        signing.follow_up(name, "user-0", "Looked on a Sunday", by=actor(olga), at=AFTER_Q3)
    finding = signing.follow_up(name, who, "Ask why so many at once", by=actor(olga), at=AFTER_Q3)
    signing.close(finding.pk, "A mailing had failed; fine", by=actor(olga), at=AFTER_Q3)
    with pytest.raises(CannotReview, match="closed already"):
        signing.close(finding.pk, "A mailing had failed; fine", by=actor(olga), at=AFTER_Q3)
    closed = ReviewFinding.objects.get()
    assert (closed.outcome, closed.closed_by, closed.name) == ("A mailing had failed; fine", "olga", "ada")
    acts = list(AuditEntry.objects.order_by("id").values_list("act", "object_type"))
    assert acts == [("opened", signing.FINDING), ("closed", signing.FINDING)]


def test_what_is_written_is_redacted_when_somebody_is_erased(ada: User, olga: User) -> None:
    from compliance.personal_data import SOURCES

    log(row(ada, "listed", contacts=[1]))
    sign(olga, note="Wilhelmina Finch was looked at often")
    finding = signing.follow_up("2026-Q3", f"user-{ada.pk}", "Why Wilhelmina Finch?", by=actor(olga), at=AFTER_Q3)
    texts = next(source for source in SOURCES if source.name == "notes")
    her = Person((), (), ("Wilhelmina Finch",))
    assert len(list(texts.export(her))) == 2
    assert texts.erase(her, AFTER_Q3) == {"access_review_signature": 1, "access_review_finding": 1}
    finding.refresh_from_db()
    assert "[erased " in finding.text
    assert signing.still_said(ReviewSignature.objects.get(), report.of(review()))


def test_reviews_go_by_their_age_and_do_not_come_back(ada: User, olga: User) -> None:
    log(row(ada, "listed", contacts=[1]), row(ada, "listed", IN_Q3 + timedelta(days=7 * 365), [1]))
    sign(olga)
    later = IN_Q3 + timedelta(days=7 * 365)
    signing.ensure(later)
    retention.apply(later)
    signing.ensure(later)
    assert list(AccessReview.objects.values_list("name", flat=True)) == ["2033-Q3"]
    assert not ReviewSignature.objects.exists()


def test_a_report_takes_three_queries(ada: User) -> None:
    log(*(row(person(f"p{n}"), "listed", contacts=[1]) for n in range(12)))
    found = review()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        report.of(found)
    assert len(asked) == 3
