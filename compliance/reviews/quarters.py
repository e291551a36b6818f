"""Quarters of the year in a time zone. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Quarter:
    """`number` is 1 to 4."""

    year: int
    number: int

    @classmethod
    def of(cls, at: datetime, zone: ZoneInfo) -> "Quarter":
        local = at.astimezone(zone)
        return cls(local.year, (local.month + 2) // 3)

    @classmethod
    def named(cls, name: str) -> "Quarter":
        """Of a name such as 2026-Q4. Raises `ValueError`."""
        year, _, number = name.partition("-Q")
        return cls(int(year), int(number))

    @property
    def name(self) -> str:
        return f"{self.year:04}-Q{self.number}"

    @property
    def next(self) -> "Quarter":
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def before(self) -> "Quarter":
        return Quarter(self.year, self.number - 1) if self.number > 1 else Quarter(self.year - 1, 4)

    def starts_at(self, zone: ZoneInfo) -> datetime:
        return datetime(self.year, 3 * self.number - 2, 1, tzinfo=zone)

    def ends_at(self, zone: ZoneInfo) -> datetime:
        return self.next.starts_at(zone)


def between(first: Quarter, last: Quarter) -> Iterator[Quarter]:
    """From the first to the last, both with them."""
    while (first.year, first.number) <= (last.year, last.number):
        yield first
        first = first.next
