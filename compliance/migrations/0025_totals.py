from django.db import migrations, models

JOBS = """
CREATE FUNCTION count_job_run() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
-- A run that has ended, or one more in a row that stands for several. As the owner: pages mark runs as lost, too, and
-- write no totals.
DECLARE
    more integer := NEW.runs;
    took double precision := coalesce(extract(epoch FROM NEW.finished_at - NEW.started_at), 0);
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.outcome = NEW.outcome THEN
        more := NEW.runs - OLD.runs;
    END IF;
    IF more > 0 THEN
        INSERT INTO job_total AS total (name, outcome, runs, seconds, last_seconds, last_at)
        VALUES (NEW.name, NEW.outcome, more, took, took, NEW.started_at)
        ON CONFLICT (name, outcome) DO UPDATE SET
            runs = total.runs + more, seconds = total.seconds + took, last_seconds = took,
            last_at = greatest(total.last_at, NEW.started_at);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER job_run_counted AFTER INSERT OR UPDATE OF outcome, runs ON marketing_job_runs
    FOR EACH ROW WHEN (NEW.outcome NOT IN ('waiting', 'running')) EXECUTE FUNCTION count_job_run();
INSERT INTO job_total (name, outcome, runs, seconds, last_seconds, last_at)
SELECT name, outcome, sum(runs), sum(took), (array_agg(took ORDER BY started_at DESC))[1], max(started_at)
FROM marketing_job_runs
CROSS JOIN LATERAL (SELECT coalesce(extract(epoch FROM finished_at - started_at), 0) AS took) AS duration
WHERE outcome NOT IN ('waiting', 'running')
GROUP BY name, outcome
"""
NO_JOBS = "DROP TRIGGER job_run_counted ON marketing_job_runs; DROP FUNCTION count_job_run()"
LOOKS = """
SELECT FROM audit_chain WHERE log = 'pii_access_log' FOR UPDATE;
INSERT INTO look_total (act, acts, contacts)
SELECT act, count(*), sum(cardinality(contact_ids)) FROM pii_access_log AS entry
WHERE EXISTS (
    SELECT FROM audit_seal AS seal WHERE seal.log = 'pii_access_log' AND row_id = entry.id AND row_at = entry.at
)
GROUP BY act
"""


class Migration(migrations.Migration):
    """Totals of jobs and of looks that do not go back when rows are cut; which request a run is due to."""

    dependencies = [("compliance", "0024_notices")]
    operations = [
        migrations.AddField(
            model_name="jobrun",
            name="request_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.CreateModel(
            name="JobTotal",
            fields=[
                ("pk", models.CompositePrimaryKey("name", "outcome", blank=True, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("outcome", models.CharField(max_length=20)),
                ("runs", models.BigIntegerField()),
                ("seconds", models.FloatField()),
                ("last_seconds", models.FloatField()),
                ("last_at", models.DateTimeField()),
            ],
            options={"db_table": "job_total"},
        ),
        migrations.CreateModel(
            name="LookTotal",
            fields=[
                ("act", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("acts", models.BigIntegerField()),
                ("contacts", models.BigIntegerField()),
            ],
            options={"db_table": "look_total"},
        ),
        migrations.RunSQL(JOBS, NO_JOBS),
        migrations.RunSQL(LOOKS, migrations.RunSQL.noop),
    ]
