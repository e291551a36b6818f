"""What is unusual about looks at people: the rules, one visible table, and what each compares with what. Pure.

`line` names the setting from which on a count is unusual. Where a rule knows a person's own past, it is quiet while the
count stays below `TIMES` what is usual for them, unless it is `WHATEVER` lines high: so whoever has much to do is left
alone, and nobody gets used to anything.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

TIMES = 3
WHATEVER = 5
NEAR_HOURS = 1  # an hour next to one at which somebody looked before is none of its own
KNOWN_DAYS = 10  # of fewer days nobody's hours are known
HOUR, DAY, MONTH = timedelta(hours=1), timedelta(days=1), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Rule:
    """`window` is the time that it looks at; `what` says it in words, with {line} for its threshold."""

    name: str
    title: str
    what: str
    window: timedelta
    line: str = ""

    def words(self, line: int) -> str:
        return self.what.format(line=line, times=TIMES, most=WHATEVER * line, days=KNOWN_DAYS)


_PAST = ", and {times} times what is usual for this person in an hour (or {most}, whatever is usual)"
RULES: tuple[Rule, ...] = (
    Rule("contacts", "Many contacts", "{line} different contacts within an hour" + _PAST, HOUR, "ALERT_CONTACTS"),
    Rule(
        "outside",
        "Many contacts outside working hours",
        "{line} different contacts within an hour, looked at outside working hours" + _PAST,
        HOUR,
        "ALERT_CONTACTS_OUTSIDE",
    ),
    Rule(
        "revealed", "Many revealed", "{line} contacts revealed in full within an hour" + _PAST, HOUR, "ALERT_REVEALED"
    ),
    Rule("refused", "Many refusals", "{line} refused tries within an hour", HOUR, "ALERT_REFUSED"),
    Rule(
        "campaigns",
        "Many campaigns",
        "people of {line} different campaigns within a day, and {times} times what is usual for this person in a day "
        "(or {most}, whatever is usual)",
        DAY,
        "ALERT_CAMPAIGNS",
    ),
    Rule(
        "hour",
        "Unusual hour",
        "a look outside working hours, at an hour at which this person never looked in 90 days, nor in the ones beside "
        "it; of people who looked on {days} days at least",
        DAY,
    ),
    Rule(
        "same_contact",
        "Same contact again",
        "one contact looked at alone by one person with {line} grants within 30 days",
        MONTH,
        "ALERT_SAME_CONTACT",
    ),
    Rule(
        "key", "Key that suddenly looks", "a key that is older than a week, by which nobody looked for 90 days", MONTH
    ),
)
BY_NAME: dict[str, Rule] = {rule.name: rule for rule in RULES}
COUNTED = ("contacts", "outside", "revealed", "refused", "campaigns")  # of these a step has the count
WITH_PAST = ("contacts", "outside", "revealed", "campaigns")


Who = tuple[int | None, str]


def who(user_id: int | None, key_prefix: str) -> Who:
    """A user with all of their keys, or a key of nobody."""
    return user_id, "" if user_id is not None else key_prefix


@dataclass(frozen=True, slots=True)
class Found:
    """Something unusual between two moments; `usual` is None where nothing is known of the past."""

    rule: Rule
    user_id: int | None
    username: str
    key_prefix: str
    starts_at: datetime
    ends_at: datetime
    count: int
    usual: int | None = None
    contact: int | None = None

    @property
    def who(self) -> Who:
        return who(self.user_id, self.key_prefix)


def unusual(count: int, line: int, usual: int | None) -> bool:
    """Whether a count is over its line, and far over what is usual."""
    return count >= line and (count >= WHATEVER * line or count >= TIMES * (usual or 0))


def unknown_hours(hours: Collection[int], known: Collection[int], begins: int, ends: int) -> list[int]:
    """Those hours of the clock that are outside working hours and neither known nor beside a known one."""
    near = {(hour + step) % 24 for hour in known for step in range(-NEAR_HOURS, NEAR_HOURS + 1)}
    return sorted(hour for hour in set(hours) - near if not begins <= hour < ends)


@dataclass(frozen=True, slots=True)
class Told:
    """An alert of the same rule and person: up to when it counted, when it was found, whether it is open."""

    ends_at: datetime
    found_at: datetime
    open: bool


def is_new(found: Found, told: Collection[Told], at: datetime) -> bool:
    """Whether nobody was told yet: none of these alerts reaches into its time, nor is one of a day open."""
    return not any(one.ends_at >= found.starts_at or (one.open and at - one.found_at < DAY) for one in told)
