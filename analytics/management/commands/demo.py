from argparse import ArgumentParser
from datetime import UTC, date, datetime
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.module_loading import import_string
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from analytics.demo import DEFAULT_SEED, DEFAULT_SIZE, Size, World, generate, mended
from analytics.demo.fill import Filled, fill

MOST = Size(contacts=200_000, campaigns=1_000, days=1_000)
MOST_PERSON_DAYS = 10_000_000  # some four million events, held in memory at once
COLUMNS = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn())
EARLIEST = date(2003, 1, 1)  # MOST.days after the first day that the doors take


class Command(BaseCommand):
    help = "Fill in a demo: campaigns, people and what they did, the same for the same seed and last day. It ends."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--contacts", type=int, default=DEFAULT_SIZE.contacts, help="how many people")
        parser.add_argument("--campaigns", type=int, default=DEFAULT_SIZE.campaigns, help="how many campaigns")
        parser.add_argument("--days", type=int, default=DEFAULT_SIZE.days, help="how many days")
        parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="another number, another demo")
        parser.add_argument("--until", default="", metavar="DATE", help="the last day (YYYY-MM-DD), today by default")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        size = _size(options)
        seed = _within(options["seed"], "seed", 2**63, least=0)
        until = _until(options["until"], now)
        started = monotonic()
        with Progress(*COLUMNS, console=Console(stderr=True), transient=True) as progress:
            making = progress.add_task("Making up what happened", total=None)
            changes = mended(size, until)
            world = generate(
                size, seed=seed, until=until, now=now, currency=settings.REPORTING_CURRENCY, changes=changes
            )
            progress.remove_task(making)
            task = progress.add_task("Taking in events", total=len(world.events))
            filled = fill(world, now, lambda done: progress.advance(task, done))
        for path in settings.AFTER_DEMO:
            import_string(path)(now)
        self.stdout.write(_summary(world, filled, monotonic() - started))


def _size(options: dict[str, Any]) -> Size:
    size = Size(*(_within(options[name], name, getattr(MOST, name)) for name in ("contacts", "campaigns", "days")))
    if size.contacts * size.days > MOST_PERSON_DAYS:
        raise CommandError(
            f"--contacts {size.contacts:,} over --days {size.days:,} is too much at once; "
            f"their product may be {MOST_PERSON_DAYS:,}, so give fewer of either."
        )
    return size


def _within(value: int, name: str, most: int, least: int = 1) -> int:
    if not least <= value <= most:
        raise CommandError(f"--{name} {value} is out of range; give a whole number from {least:,} to {most:,}.")
    return value


def _until(text: str, now: datetime) -> date:
    """The last day of the demo, in UTC."""
    today = now.astimezone(UTC).date()
    try:
        until = date.fromisoformat(text) if text else today
    except ValueError:
        raise CommandError(f"--until {text!r} is no day; give it as YYYY-MM-DD.") from None
    if until > today:
        raise CommandError(f"--until {until} lies in the future; give today ({today}) or an earlier day.")
    if until < EARLIEST:
        raise CommandError(f"--until {until} is too early; give {EARLIEST} or a later day.")
    return until


def _summary(world: World, filled: Filled, seconds: float) -> str:
    contacts = len({event["contact"] for event in world.events})
    known = f"; {filled.known:,} of the events were known already" if filled.known else ""
    return (
        f"Demo: {len(world.campaigns):,} campaigns, {contacts:,} contacts, {len(world.events):,} events, "
        f"{len(world.costs):,} costs in {seconds:.1f} s{known}."
    )
