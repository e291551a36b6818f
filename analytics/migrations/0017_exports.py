from django.db import migrations, models

from analytics import sql

VIEWS = ("kpi_metrics_daily_mv", "campaign_performance_mv", "channel_metrics_daily_mv")
DROPS = "\n".join(f"DROP MATERIALIZED VIEW reporting.{view};" for view in VIEWS)
CREATES = "\n".join(sql.load(f"views/{view}.v2") for view in VIEWS)
FRACTIONS = "ALTER TABLE campaign_daily ALTER COLUMN platform_conversions TYPE numeric;"
WHOLE = "ALTER TABLE campaign_daily ALTER COLUMN platform_conversions TYPE bigint;"


class Migration(migrations.Migration):
    """Costs as ad platforms export them: fractions of conversions, time zones, which file wrote a row, mappings kept.

    Three views read the column that changes its type; they are made anew as they were, and still show whole numbers.
    """

    dependencies = [("analytics", "0016_hook")]
    operations = [
        migrations.RunSQL(f"{DROPS}\n{FRACTIONS}\n{CREATES}", f"{DROPS}\n{WHOLE}\n{CREATES}"),
        migrations.AlterField(
            "campaigncost",
            "conversions",
            models.DecimalField(blank=True, decimal_places=9, max_digits=21, null=True),
        ),
        migrations.AddField(
            "campaigncost", "time_zone", models.CharField(blank=True, db_default="", default="", max_length=60)
        ),
        migrations.AddField("campaigncost", "import_id", models.BigIntegerField(blank=True, null=True)),
        migrations.AddField("importfile", "totals", models.BigIntegerField(db_default=0, default=0)),
        migrations.AddField("importfile", "replaced", models.BigIntegerField(db_default=0, default=0)),
        migrations.AddField("importfile", "unreported", models.BigIntegerField(db_default=0, default=0)),
        migrations.CreateModel(
            name="ColumnMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("header", models.CharField(max_length=64)),
                ("mapping", models.JSONField()),
                ("reading", models.JSONField()),
                ("used_at", models.DateTimeField()),
            ],
            options={
                "db_table": "column_mapping",
                "constraints": [models.UniqueConstraint(fields=["kind", "header"], name="column_mapping_once")],
            },
        ),
    ]
