from django.db import migrations


class Migration(migrations.Migration):
    """The way from a campaign and a time to its contacts. While it is built readers go on and folds wait."""

    dependencies = [("analytics", "0006_rates_as_fine_as_any")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX event_campaign ON event (campaign_id, occurred_at, contact_id)",
            "DROP INDEX event_campaign",
        ),
    ]
