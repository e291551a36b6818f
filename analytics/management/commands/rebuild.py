from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from analytics import rebuild
from analytics.management.progress import Bar, add_period, period
from analytics.period import Period


class Command(BaseCommand):
    help = (
        "Count every total anew from the events, or those of a period, while events keep coming in; needed after a "
        "change of reporting zone, currency or attribution window. Safe to stop and to run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_period(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        asked = period(options)
        try:
            with Bar("Rebuilding") as bar:
                done = self._run(asked, bar)
        except rebuild.OtherCut:
            raise CommandError(
                "--from, --to: the reporting zone, currency or attribution window changed, so everything must be "
                "counted anew; run rebuild without them."
            ) from None
        except rebuild.AlreadyRunning:
            raise CommandError("A rebuild is running already; wait for its end.") from None
        self.stdout.write(f"{done.events:,} events counted anew.")
        for table, rows in done.changed.items():
            self.stdout.write(f"{table}: {rows:,} rows written anew")

    def _run(self, asked: Period, bar: Bar) -> rebuild.Rebuilt:
        steps = rebuild.run(timezone.now, period=asked)
        done = next(steps)
        bar.begin_at(done.events)
        for done in steps:
            bar.reach(done.events)
        return done
