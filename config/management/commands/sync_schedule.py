"""Brings the schedule in the database in line with the table in config/celery.py."""

from django.core.management.base import BaseCommand

from config.schedule import sync_schedule


class Command(BaseCommand):
    help = "Make the schedule in the database that of config/celery.py; entries made by people are left alone."

    def handle(self, **_options: object) -> None:
        for change in sync_schedule() or ["Nothing to change."]:
            self.stdout.write(change)
