from django.db import migrations

from analytics import sql

VIEWS = ("kpi_metrics_daily_mv", "campaign_performance_mv", "channel_metrics_daily_mv")


def _replaced(view, version):
    return f"DROP MATERIALIZED VIEW reporting.{view};\n" + sql.load(f"views/{view}.{version}")


class Migration(migrations.Migration):
    """The views with all metrics, second version: conversions per click are among them."""

    dependencies = [("analytics", "0009_inbox_failing_since")]
    operations = [migrations.RunSQL(_replaced(view, "v2"), _replaced(view, "v1")) for view in VIEWS]
