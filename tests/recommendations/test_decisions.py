"""Decisions upon recommendations: each is made once, by one, and stands in both books."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction

from compliance import api_keys, audit
from compliance.acting import Actor
from compliance.api_keys import Machine
from compliance.models import AuditEntry
from recommendations import decisions
from recommendations.decisions import CannotDecide, Changed, Decided, NoRecommendation
from recommendations.models import Decision, Recommendation, State
from recommendations.steps import REASONS, STEPS
from tests.compliance.access import actor, staff
from tests.recommendations.made import NOW, made

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
SOON = NOW + timedelta(seconds=5)
LATER = NOW + timedelta(hours=1)
DECIDE: dict[str, Callable[..., Recommendation]] = {
    "accept": decisions.accept,
    "dismiss": partial(decisions.dismiss, reason="too_risky"),
    "snooze": partial(decisions.snooze, until=LATER + timedelta(days=7)),
    "implement": partial(decisions.implement, on=TODAY),
}
# What the table of steps must say: the way into each state, and what may be decided there.
WAY: dict[str, tuple[str, ...]] = {
    "open": (),
    "snoozed": ("snooze",),
    "accepted": ("accept",),
    "implemented": ("accept", "implement"),
    "dismissed": ("dismiss",),
}
ALLOWED = {
    ("open", "accept"): "accepted",
    ("open", "dismiss"): "dismissed",
    ("open", "snooze"): "snoozed",
    ("snoozed", "accept"): "accepted",
    ("snoozed", "dismiss"): "dismissed",
    ("accepted", "implement"): "implemented",
}


@pytest.fixture
def ada() -> Actor:
    return actor(staff("ada"))


@pytest.fixture
def bob() -> Actor:
    return actor(staff("bob"))


def changed(row: Recommendation) -> dict[str, Any]:
    """What may change of a recommendation, as it stands in the database."""
    fields = ("state", "version", "snoozed_until", "decided_at", "implemented_on", "outcome", "closed_at")
    return Recommendation.objects.values(*fields).get(pk=row.pk)


def books(row: Recommendation) -> list[tuple[str, str, str, str]]:
    """Its decisions; the audit trail must have the same."""
    told = [(d.decision, d.state_before, d.state_after, d.username) for d in row.decisions.order_by("id")]
    noted = AuditEntry.objects.filter(object_type="recommendation", object_id=str(row.pk)).order_by("id")
    assert [(n.act, n.details["before"], n.details["after"], n.username) for n in noted] == told
    return told


@pytest.mark.parametrize("state", WAY)
@pytest.mark.parametrize("decision", [step.decision for step in STEPS])
def test_another_may_decide_what_the_state_allows_and_is_told_otherwise(
    ada: Actor, bob: Actor, state: str, decision: str
) -> None:
    row = made()
    for step in WAY[state]:
        DECIDE[step](row.pk, ada, NOW)
    before = changed(row)
    if target := ALLOWED.get((state, decision)):
        assert DECIDE[decision](row.pk, bob, LATER).state == target
        assert changed(row) | {"state": target, "version": before["version"] + 1, "decided_at": LATER} == changed(row)
        assert books(row)[-1] == (decision, state, target, "bob")
    else:
        with pytest.raises(Decided) as refused:
            DECIDE[decision](row.pk, bob, LATER)
        assert changed(row) == before
        assert refused.value.recommendation.state == state
        assert (refused.value.decision.decision if refused.value.decision else None) == (WAY[state] or (None,))[-1]


@pytest.mark.parametrize("decision", [step.decision for step in STEPS])
def test_the_same_person_again_gets_the_first_answer_and_nothing_happens(ada: Actor, decision: str) -> None:
    row = made(state="accepted" if decision == "implement" else "open")
    first = DECIDE[decision](row.pk, ada, NOW)
    again = DECIDE[decision](row.pk, Actor(ada.user, "abcdefgh"), LATER)  # by key, too

    assert (first.state, first.version, first.decided_at) == (again.state, again.version, again.decided_at)
    assert len(books(row)) == 1


def test_a_key_that_acts_for_nobody_is_itself() -> None:
    one, other = (api_keys.create(name, ["all"])[0] for name in ("one", "other"))
    row = made()
    decisions.accept(row.pk, Actor(Machine(one), one.prefix), NOW)
    decisions.accept(row.pk, Actor(Machine(one), one.prefix), LATER)
    with pytest.raises(Decided, match="key one accepted this"):
        decisions.accept(row.pk, Actor(Machine(other), other.prefix), LATER)
    assert Decision.objects.get().key_prefix == one.prefix


def test_who_comes_second_is_told_who_decided_what_and_when(ada: Actor, bob: Actor) -> None:
    row = made()
    decisions.dismiss(row.pk, ada, NOW, "no_budget", "The year is over")
    with pytest.raises(Decided, match=r"ada dismissed this on 2026-11-15 at 12:00 UTC: no budget\.") as refused:
        decisions.accept(row.pk, bob, LATER)
    found = refused.value.decision
    assert found is not None
    assert (found.decision, found.reason, found.note) == ("dismiss", "no_budget", "The year is over")
    assert changed(row)["closed_at"] == NOW


@pytest.mark.parametrize("state", ["expired", "better", "cannot tell"])
def test_what_is_over_is_decided_no_more(ada: Actor, state: str) -> None:
    with pytest.raises(Decided, match=f"This is {state}; nothing can be decided any more"):
        decisions.accept(made(state=state).pk, ada, NOW)


def test_a_decision_upon_an_older_version_is_refused_but_not_the_repeat_of_ones_own(ada: Actor, bob: Actor) -> None:
    row = made()
    assert decisions.accept(row.pk, ada, NOW, expected_version=1).version == 2
    assert decisions.accept(row.pk, ada, NOW, expected_version=1).version == 2
    with pytest.raises(Changed, match="at version 1, and it is at version 2 and accepted"):
        decisions.implement(row.pk, bob, LATER, TODAY, expected_version=1)
    assert decisions.implement(row.pk, bob, LATER, TODAY, expected_version=2).version == 3


@pytest.mark.parametrize("reason", [reason.name for reason in REASONS])
def test_every_reason_of_the_table_is_taken(ada: Actor, reason: str) -> None:
    row = made()
    decisions.dismiss(row.pk, ada, NOW, reason)
    assert AuditEntry.objects.get().details == {"before": "open", "after": "dismissed", "reason": reason}


@pytest.mark.parametrize(
    ("reason", "note", "field", "word"),
    [
        ("boring", "", "reason", "Choose one of not_relevant, already_done"),
        ("", "", "reason", "Choose one of"),
        ("other", "x" * 201, "note", "The note has 201 characters; say it in at most 200"),
        ("other", "Ask ada@example.com", "note", "An e-mail address stands in the note"),
        ("other", "Ask +49 171 1234567", "note", "A phone number seems to stand in the note"),
        ("other", "Ask\x00", "note", "plain text"),
    ],
)
def test_a_dismissal_wants_a_reason_of_the_table_and_a_note_that_names_nobody(
    ada: Actor, reason: str, note: str, field: str, word: str
) -> None:
    row = made()
    with pytest.raises(CannotDecide, match=word) as refused:
        decisions.dismiss(row.pk, ada, NOW, reason, note)
    assert refused.value.field == field
    assert changed(row)["version"] == 1


def test_the_note_stands_with_the_decision_alone(ada: Actor) -> None:
    decisions.dismiss(made().pk, ada, NOW, "other", "  The shop closes in May ")
    assert Decision.objects.get().note == "The shop closes in May"
    assert "May" not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("ahead", [timedelta(), -timedelta(days=1), timedelta(days=30, seconds=1)])
def test_it_is_put_off_by_at_most_thirty_days(ada: Actor, ahead: timedelta) -> None:
    row = made()
    with pytest.raises(CannotDecide, match="at most 30 days ahead"):
        decisions.snooze(row.pk, ada, NOW, NOW + ahead)
    assert decisions.snooze(row.pk, ada, NOW, NOW + timedelta(days=30)).snoozed_until == NOW + timedelta(days=30)


@pytest.mark.parametrize(
    ("decision", "first", "other", "told"),
    [
        ("snooze", {"until": LATER + timedelta(days=7)}, {"until": LATER + timedelta(days=8)}, "put this off until 20"),
        ("dismiss", {"reason": "no_budget"}, {"reason": "too_risky"}, "dismissed this on"),
        ("dismiss", {"reason": "other", "note": "In May"}, {"reason": "other", "note": "In June"}, "dismissed this on"),
        ("implement", {"on": TODAY}, {"on": TODAY - timedelta(days=1)}, f"marked this as done, of {TODAY},"),
    ],
)
def test_the_same_person_with_other_fields_is_told_what_stands(
    ada: Actor, decision: str, first: Any, other: Any, told: str
) -> None:
    row = made()
    if decision == "implement":
        decisions.accept(row.pk, ada, NOW)
    act = getattr(decisions, decision)
    act(row.pk, ada, NOW, **first)
    before = changed(row)
    with pytest.raises(Decided, match=told) as refused:
        act(row.pk, ada, LATER, **other)
    assert "It stands as it was decided" in str(refused.value)
    assert refused.value.decision is not None
    assert refused.value.decision.decision == decision
    act(row.pk, ada, LATER, **first)
    assert changed(row) == before


def test_a_click_twice_puts_off_once(ada: Actor) -> None:
    row = made()
    for at in (NOW, NOW + timedelta(seconds=2)):
        assert decisions.snooze(row.pk, ada, at, at + timedelta(days=1)).snoozed_until == NOW + timedelta(days=1)


def test_what_woke_up_may_be_put_off_again_by_the_same_person(ada: Actor) -> None:
    row = made()
    decisions.snooze(row.pk, ada, NOW, LATER)
    Recommendation.objects.update(state=State.OPEN)
    assert decisions.snooze(row.pk, ada, LATER, LATER + timedelta(days=1)).snoozed_until == LATER + timedelta(days=1)


@pytest.mark.parametrize(("days", "taken"), [(-2, False), (-1, True), (0, True), (1, False)])
def test_it_was_done_between_the_day_before_it_was_accepted_and_today(ada: Actor, days: int, taken: bool) -> None:
    row, on = made(), TODAY + timedelta(days=days)
    decisions.accept(row.pk, ada, NOW)
    if taken:
        assert decisions.implement(row.pk, ada, NOW, on).implemented_on == on
    else:
        with pytest.raises(CannotDecide, match=r"from 2026-11-14, .* to today, 2026-11-15") as refused:
            decisions.implement(row.pk, ada, NOW, on)
        assert refused.value.field == "on"


@pytest.mark.parametrize(
    ("way", "last"),
    [
        ((), "accept"),
        ((), "dismiss"),
        ((), "snooze"),
        (("snooze",), "accept"),
        (("snooze",), "dismiss"),
        (("accept",), "implement"),
    ],
)
def test_an_undo_brings_back_what_was(ada: Actor, way: tuple[str, ...], last: str) -> None:
    row = made()
    for step in way:
        DECIDE[step](row.pk, ada, NOW)
    before = changed(row)
    DECIDE[last](row.pk, ada, SOON)
    at = SOON + timedelta(seconds=15)

    assert decisions.undo(row.pk, ada, at).state == before["state"]
    assert changed(row) == before | {"version": before["version"] + 2}
    assert books(row)[-1] == ("undo", row.decisions.order_by("-id")[1].state_after, before["state"], "ada")
    assert decisions.undo(row.pk, ada, at).version == before["version"] + 2  # again: the first answer
    assert len(books(row)) == len(way) + 2


def test_after_an_undo_anybody_decides_anew(ada: Actor, bob: Actor) -> None:
    row = made()
    decisions.accept(row.pk, ada, NOW)
    decisions.undo(row.pk, ada, SOON)
    assert decisions.dismiss(row.pk, bob, SOON, "too_risky").state == State.DISMISSED
    with pytest.raises(Decided, match="bob dismissed this"):
        decisions.accept(row.pk, ada, SOON)


def test_an_undo_is_the_same_persons_and_in_time(ada: Actor, bob: Actor) -> None:
    row = made()
    with pytest.raises(CannotDecide, match="Nothing was decided"):
        decisions.undo(row.pk, ada, NOW)
    decisions.accept(row.pk, ada, NOW)
    with pytest.raises(Decided, match="ada accepted this"):
        decisions.undo(row.pk, bob, SOON)
    with pytest.raises(Decided, match="It can be undone for 10 seconds"):
        decisions.undo(row.pk, ada, NOW + timedelta(seconds=16))
    assert changed(row)["state"] == "accepted"


def test_what_the_rule_found_anew_is_in_the_way_of_an_undo(ada: Actor) -> None:
    row = made()
    decisions.dismiss(row.pk, ada, NOW, "too_risky")
    anew = made(campaign=row.campaign, action="stop")
    with pytest.raises(Decided, match=f"found something new there since, {anew.pk}"):
        decisions.undo(row.pk, ada, SOON)
    assert changed(row)["state"] == "dismissed"


def test_there_is_no_such_recommendation(ada: Actor) -> None:
    with pytest.raises(NoRecommendation, match="no recommendation 7"):
        decisions.accept(7, ada, NOW)


def test_without_the_audit_trail_nothing_is_decided(ada: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    row = made()

    def fail(*_args: Any, **_more: Any) -> None:
        raise DatabaseError("the trail cannot be written")

    monkeypatch.setattr(audit, "note", fail)
    with pytest.raises(DatabaseError):
        decisions.accept(row.pk, ada, NOW)
    assert changed(row)["state"] == "open"
    assert not Decision.objects.exists()


BIRTH = {
    "id": "id + 1",
    "campaign_id": "campaign_id + 1",
    **dict.fromkeys(("rule", "action", "proposal", "currency"), "'new'"),
    **dict.fromkeys(("evidence", "expected", "plan", "settings"), "'{}'"),
    **dict.fromkeys(("rule_version", "score", "base", "adequacy", "stability", "money"), "9"),
    **dict.fromkeys(("as_of", "proposed_at", "expires_at"), "now()"),
}


@pytest.mark.parametrize("column", BIRTH)
def test_what_it_was_born_with_cannot_be_changed(column: str) -> None:
    made()
    refuses(f"UPDATE recommendation SET {column} = {BIRTH[column]}", "recommendation stays")


def test_every_other_column_changes() -> None:
    row = made()
    columns = {field.column for field in Recommendation._meta.concrete_fields} - BIRTH.keys()
    assert columns == changed(row).keys()
    row.state, row.version, row.outcome, row.closed_at = State.BETTER, 5, {"verdict": "better"}, NOW
    row.snoozed_until, row.decided_at, row.implemented_on = NOW, NOW, TODAY
    row.save()
    assert changed(row)["outcome"] == {"verdict": "better"}


def test_recommendations_and_decisions_stay(ada: Actor) -> None:
    with connection.cursor() as cursor:  # the tests had switched them off, to clean up after themselves
        cursor.execute("ALTER TABLE recommendation ENABLE TRIGGER table_stays")
        cursor.execute("ALTER TABLE recommendation_decisions ENABLE TRIGGER table_stays")
        decisions.accept(made().pk, ada, NOW)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what waits for the commit would be in the way of TRUNCATE
    refuses("DELETE FROM recommendation", "recommendation stays")
    refuses("TRUNCATE recommendation CASCADE", "recommendation stays")
    refuses("UPDATE recommendation_decisions SET note = ''", "recommendation_decisions stays")
    refuses("DELETE FROM recommendation_decisions", "recommendation_decisions stays")
    refuses("TRUNCATE recommendation_decisions", "recommendation_decisions stays")


def refuses(statement: str, word: str) -> None:
    with pytest.raises(DatabaseError, match=word), transaction.atomic():
        connection.cursor().execute(statement)


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """Each in a thread and a connection of its own, begun together; what they gave or raised."""
    together = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        connection.ensure_connection()
        together.wait()
        try:
            return act()
        except Decided as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


@pytest.mark.django_db(transaction=True)
def test_a_double_click_is_one_decision(ada: Actor) -> None:
    row = made()
    given = at_once([partial(decisions.accept, row.pk, ada, NOW)] * 8)
    assert {(each.state, each.version) for each in given} == {("accepted", 2)}
    assert books(row) == [("accept", "open", "accepted", "ada")]


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_decides_and_the_other_is_told(ada: Actor, bob: Actor) -> None:
    for row in (made() for _ in range(5)):
        accept = partial(decisions.accept, row.pk, ada, NOW)
        given = at_once([accept, partial(decisions.dismiss, row.pk, bob, NOW, "too_risky")])
        (told,) = [each for each in given if isinstance(each, Decided)]
        (first,) = books(row)
        assert told.decision is not None
        assert told.decision.username == first[3]
        assert changed(row)["version"] == 2
