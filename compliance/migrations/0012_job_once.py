from django.db import migrations, models

WORKED = ("running", "done", "nothing to do")
# Of two that stand for one slot the earlier one lost its lock, and stands for none.
ONCE = """
UPDATE marketing_job_runs AS run SET slot = NULL
FROM marketing_job_runs AS later
WHERE later.name = run.name AND later.slot = run.slot AND later.id > run.id
  AND run.outcome IN ('running', 'done', 'nothing to do') AND later.outcome IN ('running', 'done', 'nothing to do')
"""


class Migration(migrations.Migration):
    """One run at most does the work of a slot; a run says that it was the last; ticks of a minute share a row."""

    dependencies = [("compliance", "0011_requests")]
    operations = [
        migrations.AddField("jobrun", "final", models.BooleanField(default=False)),
        migrations.AddField("schedulertick", "ticks", models.PositiveIntegerField(default=1)),
        migrations.RunSQL(ONCE, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "jobrun",
            models.UniqueConstraint(
                fields=("name", "slot"), condition=models.Q(outcome__in=WORKED), name="job_run_once"
            ),
        ),
    ]
