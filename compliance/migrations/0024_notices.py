import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

OLD = ("sent_at", "tried_at", "tries", "error")


class Migration(migrations.Migration):
    """Channels, and what was told through them; alerts of unusual access are told there, too.

    What `access_alert` kept of its mails stays in the table while code of before may run, which a later migration ends:
    the columns have defaults now, so that rows can be added without them.
    """

    dependencies = [("compliance", "0023_job_runs_of_a_minute")]
    operations = [
        migrations.CreateModel(
            name="NoticeChannel",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60, unique=True)),
                ("kind", models.CharField(choices=[("email", "E-mail"), ("webhook", "Webhook"), ("slack", "Slack"), ("teams", "Microsoft Teams")], max_length=10)),
                ("about", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None, verbose_name="tells of")),
                ("address", models.BinaryField(null=True)),
                ("secrets", models.BinaryField(null=True)),
                ("enabled", models.BooleanField(default=True, verbose_name="on")),
                ("built_in", models.BooleanField(default=False)),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "channel for notices",
                "verbose_name_plural": "channels for notices",
                "db_table": "notice_channel",
                "constraints": [models.UniqueConstraint(condition=models.Q(("built_in", True)), fields=("built_in",), name="notice_channel_built_in")],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("channel_name", models.CharField(max_length=60, verbose_name="channel")),
                ("about", models.CharField(max_length=20)),
                ("key", models.CharField(max_length=300, verbose_name="cause")),
                ("title", models.CharField(max_length=200)),
                ("text", models.TextField()),
                ("path", models.CharField(blank=True, default="", max_length=500, verbose_name="page")),
                ("told_at", models.DateTimeField(verbose_name="told")),
                ("state", models.CharField(choices=[("waiting", "waiting"), ("sent", "sent"), ("given up", "given up")], default="waiting", max_length=10)),
                ("due_at", models.DateTimeField(verbose_name="next try")),
                ("tried_at", models.DateTimeField(blank=True, null=True, verbose_name="last try")),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("status", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="answer")),
                ("error", models.TextField(blank=True, default="", verbose_name="why not")),
                ("channel", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to="compliance.noticechannel")),
            ],
            options={
                "verbose_name": "notice",
                "db_table": "notice",
                "constraints": [models.UniqueConstraint(fields=("channel", "key"), name="notice_once")],
                "indexes": [
                    models.Index(condition=models.Q(("state", "waiting")), fields=["channel", "due_at"], name="notice_waiting"),
                    models.Index(fields=["channel", "-tried_at"], name="notice_latest"),
                    models.Index(fields=["told_at"], name="notice_by_age"),
                ],
            },
        ),
        migrations.RemoveIndex("accessalert", "access_alert_unsent"),
        migrations.AlterField("accessalert", "tries", models.PositiveSmallIntegerField(default=0, db_default=0)),
        migrations.AlterField("accessalert", "error", models.TextField(blank=True, default="", db_default="", verbose_name="why it was not mailed")),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField("accessalert", name) for name in OLD]
        ),
    ]
