"""What people decide on a recommendation: once, whoever clicks twice, and in one transaction with the audit trail.

The same person, or key, with the same decision again gets what the first one gave; everybody else, every other
decision, and the same one with other fields gets `Decided`. All raise `NoRecommendation`, `Decided`, and `Changed`
where `expected_version` is not the present one; all return the recommendation as it is now.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from compliance import audit
from compliance.acting import Actor
from compliance.reasons import fault

from .models import Decision, Recommendation, State
from .standing import alone, instead_of
from .steps import ACCEPT, BY_DECISION, DISMISS, IMPLEMENT, LABELS, SNOOZE, UNDO, told

LONGEST_NOTE = 200
LONGEST_SNOOZE = timedelta(days=30)
ALIKE = timedelta(minutes=1)  # moments that are not so far apart are the same: a click twice puts off twice "for a day"
UNDO_SHOWN, UNDO_GRANTED = timedelta(seconds=10), timedelta(seconds=15)  # the way to the server and back takes its time


class NoRecommendation(LookupError):
    """There is none of that number."""

    def __init__(self, pk: int) -> None:
        super().__init__(f"There is no recommendation {pk}; the list has those there are.")


class Decided(Exception):
    """Its state allows no such decision: `decision` is the one that stands, None where nobody decided anything."""

    def __init__(self, recommendation: Recommendation, decision: Decision | None, text: str = "") -> None:
        super().__init__(text or told(recommendation, decision))
        self.recommendation = recommendation
        self.decision = decision


class Changed(Exception):
    """Somebody changed it after whoever decides looked at it."""

    def __init__(self, recommendation: Recommendation, expected: int) -> None:
        now = f"it is at version {recommendation.version} and {recommendation.state}"
        super().__init__(f"This was decided upon at version {expected}, and {now}; look at it again.")
        self.recommendation = recommendation


class CannotDecide(ValueError):
    """A field cannot be taken: why, and the way out."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


def accept(pk: int, by: Actor, at: datetime, expected_version: int | None = None) -> Recommendation:
    return _decided(ACCEPT, pk, by, at, expected_version)


def dismiss(
    pk: int, by: Actor, at: datetime, reason: str, note: str = "", expected_version: int | None = None
) -> Recommendation:
    """`reason` is a name of `REASONS`, `note` a sentence that names nobody. Raises `CannotDecide`."""
    if reason not in LABELS:
        raise CannotDecide("reason", f"Choose one of {', '.join(LABELS)}.")
    if wrong := fault(note, what="note", shortest=0, longest=LONGEST_NOTE):
        raise CannotDecide("note", wrong)
    note = note.strip()

    def same(case: "_Case", decision: Decision) -> bool:
        return (decision.reason, decision.note) == (reason, note)

    return _decided(DISMISS, pk, by, at, expected_version, same=same, reason=reason, note=note, closed_at=at)


def snooze(pk: int, by: Actor, at: datetime, until: datetime, expected_version: int | None = None) -> Recommendation:
    """Put it off, at most `LONGEST_SNOOZE`. Raises `CannotDecide`."""
    if not at < until <= at + LONGEST_SNOOZE:
        raise CannotDecide("until", f"Choose a time after now, at most {LONGEST_SNOOZE.days} days ahead.")

    def same(case: "_Case", decision: Decision) -> bool:
        stands = case.recommendation.snoozed_until
        return stands is not None and abs(stands - until) < ALIKE

    return _decided(SNOOZE, pk, by, at, expected_version, same=same, snoozed_until=until)


def implement(
    pk: int, by: Actor, at: datetime, on: date | None = None, expected_version: int | None = None
) -> Recommendation:
    """Mark an accepted one as done `on` a day of the reporting zone, from the day before it was accepted to today,
    by default. Raises `CannotDecide`.
    """
    day = on or day_of(at)

    def same(case: "_Case", decision: Decision) -> bool:
        return on is None or on == case.recommendation.implemented_on

    def check(case: "_Case") -> None:
        accepted = case.standing.at if case.standing else at
        first, today = day_of(accepted) - timedelta(days=1), day_of(at)
        if not first <= day <= today:
            raise CannotDecide("on", f"Choose a day from {first}, the day before it was accepted, to today, {today}.")

    return _decided(IMPLEMENT, pk, by, at, expected_version, same=same, check=check, implemented_on=day)


def undo(pk: int, by: Actor, at: datetime, expected_version: int | None = None) -> Recommendation:
    """Take one's own decision back, within `UNDO_GRANTED`. Raises `CannotDecide` where nothing was decided."""
    with transaction.atomic():
        alone()
        case = _Case.read(pk, by, at)
        last, standing = case.last, case.standing
        if last and last.decision == UNDO and case.is_mine(last):
            return case.recommendation
        case.check_version(expected_version)
        if standing is None:
            raise CannotDecide("decision", "Nothing was decided that could be undone.")
        if not case.is_mine(standing) or case.recommendation.state != standing.state_after:
            raise Decided(case.recommendation, standing)
        if at > standing.at + UNDO_GRANTED:
            late = f"It can be undone for {UNDO_SHOWN.seconds} seconds."
            raise Decided(case.recommendation, standing, f"{told(case.recommendation, standing)} {late}")
        if other := instead_of(case.recommendation):
            found = f"Its rule has found something new there since, {other.pk}; decide on that."
            raise Decided(case.recommendation, standing, f"{told(case.recommendation, standing)} {found}")
        case.take_back(standing)
        return case.recommendation


def _decided(
    decision: str,
    pk: int,
    by: Actor,
    at: datetime,
    expected_version: int | None,
    same: "Callable[[_Case, Decision], bool] | None" = None,
    check: "Callable[[_Case], None] | None" = None,
    **changes: Any,
) -> Recommendation:
    with transaction.atomic():
        case = _Case.read(pk, by, at)
        if case.may(decision, expected_version, same):
            if check:
                check(case)
            case.write(decision, BY_DECISION[decision].target, decided_at=at, **changes)
        return case.recommendation


@dataclass(slots=True)
class _Case:
    """A recommendation, locked, with its decisions, newest first, and whoever is about to decide."""

    recommendation: Recommendation
    decisions: list[Decision]
    by: Actor
    at: datetime

    @classmethod
    def read(cls, pk: int, by: Actor, at: datetime) -> "_Case":
        found = Recommendation.objects.select_for_update(no_key=True).filter(pk=pk).first()
        if found is None:
            raise NoRecommendation(pk)
        return cls(found, list(found.decisions.order_by("-id")), by, at)

    @property
    def last(self) -> Decision | None:
        return self.decisions[0] if self.decisions else None

    @property
    def standing(self) -> Decision | None:
        """The last decision that was not taken back."""
        return next(iter(_not_undone(self.decisions)), None)

    def may(
        self, decision: str, expected_version: int | None, same: "Callable[[_Case, Decision], bool] | None"
    ) -> bool:
        """False where this person decided just that already; raises `Changed` and `Decided`."""
        standing, state = self.standing, self.recommendation.state
        stands = standing is not None and state not in (State.OPEN, State.EXPIRED)
        if stands and standing and standing.decision == decision and self.is_mine(standing):
            if same is None or same(self, standing):
                return False
            text = f"{told(self.recommendation, standing)} It stands as it was decided, for all that is different now."
            raise Decided(self.recommendation, standing, text)
        self.check_version(expected_version)
        if state not in BY_DECISION[decision].sources:
            raise Decided(self.recommendation, standing if stands else None)
        return True

    def check_version(self, expected: int | None) -> None:
        if expected is not None and expected != self.recommendation.version:
            raise Changed(self.recommendation, expected)

    def is_mine(self, decision: Decision) -> bool:
        """A person is the same by session and by key; a key that acts for nobody is itself."""
        if self.by.user_id is not None or decision.user_id is not None:
            return self.by.user_id == decision.user_id
        return self.by.key_prefix == decision.key_prefix

    def take_back(self, decision: Decision) -> None:
        """What the decision changed goes back to what it was; `snoozed_until` says something while snoozed only."""
        before = next(iter(_not_undone(self.decisions)[1:]), None)
        changes: dict[str, Any] = {"decided_at": before.at if before else None, "closed_at": None}
        if decision.decision == SNOOZE:
            changes["snoozed_until"] = None
        if decision.decision == IMPLEMENT:
            changes["implemented_on"] = None
        self.write(UNDO, State(decision.state_before), **changes)

    def write(self, decision: str, state: State, *, reason: str = "", note: str = "", **changes: Any) -> None:
        """Bring it into a state, and say so in both books."""
        found, before = self.recommendation, self.recommendation.state
        changes |= {"state": state, "version": found.version + 1}
        for field, value in changes.items():
            setattr(found, field, value)
        found.save(update_fields=list(changes))
        Decision.objects.create(
            recommendation=found,
            decision=decision,
            reason=reason,
            note=note,
            state_before=before,
            state_after=state,
            user_id=self.by.user_id,
            username=self.by.username,
            key_prefix=self.by.key_prefix,
            at=self.at,
        )
        more = {"reason": reason} if reason else {}
        audit.note(decision, "recommendation", found.pk, self.by, self.at, before=before, after=state.value, **more)


def _not_undone(decisions: list[Decision]) -> list[Decision]:
    """Those that stand, of all, newest first: each undo takes the one before it along."""
    standing, undone = [], 0
    for decision in decisions:
        if decision.decision == UNDO:
            undone += 1
        elif undone:
            undone -= 1
        else:
            standing.append(decision)
    return standing


def day_of(moment: datetime) -> date:
    """The day of the reporting zone."""
    return moment.astimezone(ZoneInfo(settings.REPORTING_TIME_ZONE)).date()
