"""The decisions that there are: from which state each leads where, the reasons for dismissing, and how one is told."""

from dataclasses import dataclass

from .models import Decision, Recommendation, State

ACCEPT, DISMISS, SNOOZE, IMPLEMENT, UNDO = "accept", "dismiss", "snooze", "implement", "undo"


@dataclass(frozen=True, slots=True)
class Step:
    """A decision, the states in which it can be made, and the one that it leads to; `past` is how it is told."""

    decision: str
    sources: tuple[State, ...]
    target: State
    past: str


STEPS: tuple[Step, ...] = (
    Step(ACCEPT, (State.OPEN, State.SNOOZED), State.ACCEPTED, "accepted this"),
    Step(DISMISS, (State.OPEN, State.SNOOZED), State.DISMISSED, "dismissed this"),
    Step(SNOOZE, (State.OPEN,), State.SNOOZED, "put this off"),
    Step(IMPLEMENT, (State.ACCEPTED,), State.IMPLEMENTED, "marked this as done"),
)
BY_DECISION: dict[str, Step] = {step.decision: step for step in STEPS}


@dataclass(frozen=True, slots=True)
class Reason:
    name: str
    label: str


REASONS: tuple[Reason, ...] = (
    Reason("not_relevant", "Not relevant"),
    Reason("already_done", "Already done"),
    Reason("too_risky", "Too risky"),
    Reason("no_budget", "No budget"),
    Reason("figures_wrong", "The figures are wrong"),
    Reason("other", "Another reason"),
)
LABELS: dict[str, str] = {reason.name: reason.label for reason in REASONS}


def told(recommendation: Recommendation, decision: Decision | None) -> str:
    """What stands, for whoever is refused another decision."""
    if decision is None:
        if recommendation.state in (State.OPEN, State.SNOOZED):
            return f"This is {recommendation.state}; accept it first."
        return f"This is {recommendation.state}; nothing can be decided any more."
    past, when = BY_DECISION[decision.decision].past, f"{decision.at:%Y-%m-%d} at {decision.at:%H:%M} UTC"
    text = f"{decision.username} {past}{_with(recommendation, decision)} on {when}"
    return f"{text}: {LABELS.get(decision.reason, decision.reason).lower()}." if decision.reason else f"{text}."


def _with(recommendation: Recommendation, decision: Decision) -> str:
    until, day = recommendation.snoozed_until, recommendation.implemented_on
    if decision.decision == SNOOZE and until:
        return f" until {until:%Y-%m-%d %H:%M} UTC"
    return f", of {day}," if decision.decision == IMPLEMENT and day else ""
