from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("analytics", "0004_inbox_lines")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX campaign_attribution_unconverted_send ON campaign_attribution"
            " ((coalesce(sent_at, occurred_at))) WHERE value IS NULL",
            "DROP INDEX campaign_attribution_unconverted_send",
        ),
    ]
