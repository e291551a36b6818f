"""A long import shares its worker: what is asked for in the middle of it is done in the middle of it.

The last of this folder by its name: what it brings makes jobs of the others' longer.
"""

from datetime import timedelta
from pathlib import Path

from analytics.tasks import IMPORT_SECONDS
from tests.fire.site import Site, eventually

ROWS = 120_000
START = """
import sys
from django.contrib.auth.models import User
from django.utils import timezone
from analytics import imports
from analytics.ingest import uploads
from analytics.ingest.chosen import Chosen
from analytics.models import ImportFile
from compliance.acting import Actor
content = open({path!r}, "rb").read()
record = ImportFile.objects.create(name="events.csv", state="waiting", size=len(content))
writer = uploads.Writer(record)
writer.write(content)
writer.close()
imports.start(record.pk, Chosen("events", "shop"), Actor(User.objects.create_superuser("bob")), timezone.now())
"""
IMPORT = "SELECT state, read, taken, begun_at FROM import_file WHERE name = 'events.csv'"
RUN = "SELECT outcome, started_at FROM marketing_job_runs WHERE id = %s"


def test_what_is_asked_for_in_the_middle_of_an_import_does_not_wait_for_its_end(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    lines = (f"g{n},sent,2026-10-{n % 28 + 1:02d}T10:00:00Z,c{n % 5},person {n // 3}\n" for n in range(ROWS))
    path.write_text("event_id,type,occurred_at,campaign,contact\n" + "".join(lines))
    site.run("shell", "-v", "0", "-c", START.format(path=str(path)))
    eventually(lambda: site.query(IMPORT)[0][1] > 0, seconds=60, what="the first rows are read")
    run = site.ask("POST", "/api/v1/jobs/answer_requests/run").json["run"]["id"]
    eventually(lambda: site.query(RUN, run)[0][0] not in ("waiting", "running"), seconds=30, what="it is done")
    state, read, _, begun_at = site.query(IMPORT)[0]
    outcome, started_at = site.query(RUN, run)[0]
    assert (outcome in ("done", "nothing to do"), state) == (True, "running"), (outcome, read)
    assert started_at - begun_at < timedelta(seconds=IMPORT_SECONDS)
    eventually(lambda: site.query(IMPORT)[0][0] == "done", seconds=120, what=lambda: f"{site.query(IMPORT)}")
    assert site.query(IMPORT)[0][1:3] == (ROWS, ROWS)
