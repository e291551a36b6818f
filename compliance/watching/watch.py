"""Watches the log of looks at people: what is unusual since it was last watched becomes an alert, once."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from .. import notices, sql
from ..models import AccessAlert, AccessWatch
from ..working_hours import clock
from . import words
from .rules import BY_NAME, COUNTED, KNOWN_DAYS, MONTH, WITH_PAST, Found, Told, Who, is_new, unknown_hours, unusual, who
from .words import line_of

AT_FIRST = timedelta(days=1)  # so far it looks back when it never ran
LATE = timedelta(minutes=2)  # a row's moment is when its act began: its transaction may end so much later
PAST = timedelta(days=90)


def watch(at: datetime) -> int:
    """Watch the log up to `at`; how many alerts are new. One transaction: what was found and how far it was watched."""
    with transaction.atomic():
        state = _state(at)
        since = state.seen_until - LATE
        known, new, grown = _known(since), [], []
        for found in _found(since, at):
            alerts = known[found.rule.name, found.who]
            if is_new(found, [_told(alert) for alert in alerts], at):
                new.append(_alert(found, at))
                alerts.append(new[-1])
            else:
                grown += [alert for alert in alerts if _grew(alert, found) and alert.pk]
        AccessAlert.objects.bulk_create(new)
        for alert in new:
            notices.tell(words.of(alert), at)
        AccessAlert.objects.bulk_update(grown, ["count", "ends_at"])
        state.seen_until = max(at, state.seen_until)
        state.save()
    return len(new)


def _state(at: datetime) -> AccessWatch:
    AccessWatch.objects.bulk_create([AccessWatch(seen_until=at - AT_FIRST)], ignore_conflicts=True)
    return AccessWatch.objects.select_for_update().get()


def _known(since: datetime) -> dict[tuple[str, Who], list[AccessAlert]]:
    """Alerts that may reach into the time that is watched, for the longest of the rules, by rule and person."""
    known: dict[tuple[str, Who], list[AccessAlert]] = defaultdict(list)
    for alert in AccessAlert.objects.filter(ends_at__gt=since - MONTH - timedelta(days=1)):
        known[alert.rule, who(alert.user_id, alert.key_prefix)].append(alert)
    return known


def _told(alert: AccessAlert) -> Told:
    return Told(alert.ends_at, alert.found_at, alert.acknowledged_at is None)


def _grew(alert: AccessAlert, found: Found) -> bool:
    """Whether more of what an open alert tells was found; it has the higher count from now on."""
    if alert.acknowledged_at or alert.ends_at < found.starts_at or found.count <= alert.count:
        return False
    alert.count, alert.ends_at = found.count, max(alert.ends_at, found.ends_at)
    return True


def _alert(found: Found, at: datetime) -> AccessAlert:
    return AccessAlert(
        rule=found.rule.name,
        user_id=found.user_id,
        username=found.username[:150],
        key_prefix=found.key_prefix,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        count=found.count,
        usual=found.usual,
        contact_id=found.contact,
        found_at=at,
    )


def _found(since: datetime, until: datetime) -> Iterator[Found]:
    """Whatever the rules find, the earlier first within each."""
    between = {"since": since, "until": until}
    steps = sql.rows("watch_recent", between | clock())
    yield from _many(steps, since)
    yield from _at_unknown_hours(steps, since)
    yield from _same_contact(between)
    yield from _keys(between)


def _many(steps: list[dict[str, Any]], since: datetime) -> Iterator[Found]:
    """Counts over their line, and far over what is usual for the person."""
    over = [(step, rule) for step in steps for rule in COUNTED if step[rule] >= line_of(rule)]
    users = {step["user_id"] for step, rule in over if rule in WITH_PAST and step["user_id"] is not None}
    past = {"start": since - PAST, "end": since - BY_NAME["campaigns"].window, "users": sorted(users)}
    usual = {row["user_id"]: row for row in (sql.rows("watch_usual", past | clock()) if users else ())}
    for step, rule in over:
        before = usual.get(step["user_id"], {}).get(rule)
        if unusual(step[rule], line_of(rule), before):
            yield _of_step(step, rule, step[rule], before)


def _at_unknown_hours(steps: list[dict[str, Any]], since: datetime) -> Iterator[Found]:
    looked = [step for step in steps if step["hours"] and step["user_id"] is not None]
    if not looked:
        return
    past = {"start": since - PAST, "end": since, "zone": settings.REPORTING_TIME_ZONE}
    users = sorted({step["user_id"] for step in looked})
    known = {row["user_id"]: row for row in sql.rows("watch_hours", past | {"users": users})}
    for step in looked:
        row = known.get(step["user_id"])
        if row is None or row["days"] < KNOWN_DAYS:
            continue
        hours = unknown_hours(step["hours"], row["hours"], settings.WORKING_DAY_BEGINS, settings.WORKING_DAY_ENDS)
        if hours:
            yield _of_step(step, "hour", step["contacts"], 0)


def _of_step(step: dict[str, Any], rule: str, count: int, usual: int | None) -> Found:
    """Of five minutes, with all of the rule's time before their end."""
    starts_at = step["ends_at"] - BY_NAME[rule].window
    person = (step["user_id"], step["username"], step["key_prefix"])
    return Found(BY_NAME[rule], *person, starts_at, step["last_at"], count, usual)


def _same_contact(between: dict[str, datetime]) -> Iterator[Found]:
    for row in sql.rows("watch_same_contact", between | {"least": line_of("same_contact")}):
        person = (row["user_id"], row["username"], "")
        yield Found(
            BY_NAME["same_contact"], *person, row["first_at"], row["last_at"], row["grants"], contact=row["contact"]
        )


def _keys(between: dict[str, datetime]) -> Iterator[Found]:
    for row in sql.rows("watch_keys", between):
        person = (row["user_id"], row["username"], row["key_prefix"])
        yield Found(BY_NAME["key"], *person, row["first_at"], row["last_at"], row["contacts"], 0)
