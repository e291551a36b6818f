from django.db import migrations

from analytics import sql

VIEWS = (
    "kpi_metrics_daily_mv",
    "roi_metrics_daily_mv",
    "funnel_metrics_mv",
    "campaign_performance_mv",
    "channel_metrics_daily_mv",
    "engagement_hourly_mv",
    "cohort_retention_mv",
)


class Migration(migrations.Migration):
    """The seven materialized views, first version, in a schema of their own: what BI tools may read."""

    dependencies = [("analytics", "0002_tables")]
    operations = [
        migrations.RunSQL("CREATE SCHEMA IF NOT EXISTS reporting", "DROP SCHEMA reporting"),
        *(
            migrations.RunSQL(sql.load(f"views/{view}.v1"), f"DROP MATERIALIZED VIEW reporting.{view}")
            for view in VIEWS
        ),
        migrations.RunSQL(
            "CREATE INDEX campaign_costs_unconverted ON campaign_costs (date) WHERE value IS NULL",
            "DROP INDEX campaign_costs_unconverted",
        ),
    ]
