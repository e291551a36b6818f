from django.db import migrations


class Migration(migrations.Migration):
    """Totals bear fractions of platforms' conversions beside the whole ones, so no table is written anew."""

    dependencies = [("analytics", "0017_left_out")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE campaign_daily ADD COLUMN platform_fraction numeric NOT NULL DEFAULT 0",
            "ALTER TABLE campaign_daily DROP COLUMN platform_fraction",
        )
    ]
