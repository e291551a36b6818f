from django.db import migrations

from analytics import sql

VIEWS = ("kpi_metrics_daily_mv", "campaign_performance_mv", "channel_metrics_daily_mv")


def _replaced(view, version):
    return f"DROP MATERIALIZED VIEW reporting.{view};\n" + sql.load(f"views/{view}.{version}")


class Migration(migrations.Migration):
    """The views with all metrics, third version: what platforms claim is summed with its fractions, then rounded."""

    dependencies = [("analytics", "0017_platform_fraction")]
    operations = [migrations.RunSQL(_replaced(view, "v3"), _replaced(view, "v2")) for view in VIEWS]
