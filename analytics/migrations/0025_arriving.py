import django.contrib.postgres.fields
from django.db import migrations, models

from analytics import sql


class Migration(migrations.Migration):
    """When events arrive, counted of those that are kept, and what is still to come."""

    dependencies = [("analytics", "0024_source_day")]

    operations = [
        migrations.CreateModel(
            name="Arrival",
            fields=[
                ("pk", models.CompositePrimaryKey("hour", "source_id", "kind", "quarter", "import_file_id", blank=True, editable=False, primary_key=True, serialize=False)),
                ("hour", models.DateTimeField()),
                ("source_id", models.IntegerField()),
                ("kind", models.SmallIntegerField()),
                ("quarter", models.SmallIntegerField()),
                ("import_file_id", models.BigIntegerField()),
                ("events", models.IntegerField()),
            ],
            options={"db_table": "arrival"},
        ),
        migrations.CreateModel(
            name="HourForecast",
            fields=[
                ("pk", models.CompositePrimaryKey("hour", "kind", blank=True, editable=False, primary_key=True, serialize=False)),
                ("hour", models.DateTimeField()),
                ("kind", models.SmallIntegerField()),
                ("arrived", models.BigIntegerField()),
                ("unknown", models.BigIntegerField()),
                ("to_come", models.FloatField()),
                ("usual", models.FloatField()),
                ("share", models.FloatField()),
            ],
            options={"db_table": "hour_forecast"},
        ),
        migrations.CreateModel(
            name="MissingCosts",
            fields=[
                ("pk", models.CompositePrimaryKey("source", "day", blank=True, editable=False, primary_key=True, serialize=False)),
                ("source", models.CharField(max_length=100)),
                ("day", models.DateField()),
            ],
            options={"verbose_name_plural": "missing costs", "db_table": "missing_costs"},
        ),
        migrations.CreateModel(
            name="SourceForecast",
            fields=[
                ("source_id", models.IntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("usual", django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ("seen", models.BigIntegerField()),
                ("to_come", models.FloatField(null=True)),
                ("of_day", models.FloatField(null=True)),
                ("day_events", models.BigIntegerField()),
            ],
            options={"db_table": "source_forecast"},
        ),
        migrations.RunSQL(sql.load("arriving/counted", events="arriving/kept"), migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="campaigncost",
            index=models.Index(fields=["date", "source"], name="campaign_costs_by_day"),
        ),
    ]
