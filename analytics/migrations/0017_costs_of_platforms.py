from django.db import migrations, models


class Migration(migrations.Migration):
    """Costs bear the platform's time zone, fractions of conversions, and which file wrote them."""

    dependencies = [("analytics", "0017_column_mapping")]
    operations = [
        migrations.AddField(
            "campaigncost",
            "conversion_fraction",
            models.DecimalField(db_default=0, decimal_places=9, default=0, max_digits=10),
        ),
        migrations.AddField(
            "campaigncost", "time_zone", models.CharField(blank=True, db_default="", default="", max_length=60)
        ),
        migrations.AddField("campaigncost", "import_id", models.BigIntegerField(blank=True, null=True)),
    ]
