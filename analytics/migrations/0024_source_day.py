import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """What each source sent by day, from now on; every webhook is a source from the day it is made."""

    dependencies = [("analytics", "0023_undo")]

    operations = [
        migrations.CreateModel(
            name="SourceDay",
            fields=[
                ("pk", models.CompositePrimaryKey("source_id", "day", "type", blank=True, editable=False, primary_key=True, serialize=False)),
                ("source", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="analytics.source")),
                ("day", models.DateField()),
                ("type", models.SmallIntegerField()),
                ("taken", models.BigIntegerField()),
                ("known", models.BigIntegerField()),
                ("live", models.BigIntegerField()),
                ("aged_seconds", models.FloatField()),
                ("waited_seconds", models.FloatField()),
                ("last_at", models.DateTimeField()),
            ],
            options={"db_table": "source_day"},
        ),
        migrations.CreateModel(
            name="RejectedItems",
            fields=[
                ("pk", models.CompositePrimaryKey("source_id", "day", "slot", blank=True, editable=False, primary_key=True, serialize=False)),
                ("source", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="analytics.source")),
                ("day", models.DateField()),
                ("slot", models.SmallIntegerField()),
                ("items", models.BigIntegerField()),
                ("last_at", models.DateTimeField()),
            ],
            options={"db_table": "rejected_items"},
        ),
        migrations.AddField(model_name="hook", name="refused_at", field=models.DateTimeField(blank=True, null=True)),
        migrations.AddIndex(model_name="campaigncost", index=models.Index(fields=["source", "date"], name="campaign_costs_source")),
        migrations.RunSQL(
            "INSERT INTO source (name, created_at) SELECT name, made_at FROM hook ORDER BY name ON CONFLICT DO NOTHING",
            migrations.RunSQL.noop,
        ),
    ]
