from django.db import migrations

from analytics import sql

TABLES = ("events", "totals", "attribution", "rebuild")
DROPS = """
DROP TABLE rebuild, rebuild_touched, rebuild_rate, rebuild_delta, rebuild_hourly, rebuild_ledger, rebuild_engagement,
    rebuild_contact_month, rebuild_contact, contact_month, campaign_attribution, campaign_daily, campaign_hourly, fold_delta, fold_credit, fold_event, fold_staging,
    engagement, campaign_month, event_key, event;
"""


class Migration(migrations.Migration):
    """The tables that are partitioned, unlogged or keyed in ways that stand in SQL files."""

    dependencies = [("analytics", "0001_initial")]
    operations = [
        migrations.RunSQL("\n".join(sql.load(f"schema/{name}") for name in TABLES), DROPS),
    ]
