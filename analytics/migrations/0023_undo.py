import django.db.models.deletion
from django.db import migrations, models

from analytics import sql

STATES = ("uploading", "waiting", "running", "done", "failed", "cancelled", "undoing", "undone")


class Migration(migrations.Migration):
    """What undoing an import asks for: what it changed, what came another way, too, and which days it is of."""

    dependencies = [("analytics", "0022_uploads")]
    operations = [
        migrations.CreateModel(
            name="ImportChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("cost", "Cost"), ("campaign", "Campaign")], max_length=10)),
                ("target", models.BigIntegerField()),
                ("is_new", models.BooleanField()),
                ("before", models.JSONField()),
                ("changed_at", models.DateTimeField()),
                ("import_file", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="analytics.importfile")),
            ],
            options={
                "db_table": "import_change",
                "indexes": [
                    models.Index(fields=["kind", "target", "id"], name="import_chan_kind_adcf23_idx"),
                    models.Index(fields=["import_file", "kind", "id"], name="import_chan_import__efe56e_idx"),
                    models.Index(fields=["changed_at"], name="import_chan_changed_5585f4_idx"),
                ],
            },
        ),
        migrations.AddField("importfile", "first_day", models.DateField(blank=True, null=True)),
        migrations.AddField("importfile", "last_day", models.DateField(blank=True, null=True)),
        migrations.AddField("importfile", "undone", models.BigIntegerField(db_default=0, default=0)),
        migrations.AddField("importfile", "final", models.BooleanField(db_default=True, default=False)),
        migrations.AddField("importfile", "left_as_stubs", models.IntegerField(db_default=0, default=0)),
        migrations.AlterField(
            "importfile",
            "state",
            models.CharField(
                choices=[(state, state.capitalize()) for state in STATES], default="running", max_length=10
            ),
        ),
        migrations.RunSQL(sql.load("schema/repeats"), "DROP TABLE event_repeat"),
    ]
