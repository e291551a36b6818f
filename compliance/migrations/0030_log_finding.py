from django.db import migrations, models


class Migration(migrations.Migration):
    """What checks of the logs found, so that one that was looked into can be accepted, and is not told each night."""

    dependencies = [("compliance", "0029_metrics_scrape")]

    operations = [
        migrations.CreateModel(
            name="LogFinding",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("log", models.CharField(max_length=40)),
                ("what", models.CharField(max_length=300, verbose_name="what is wrong")),
                ("position", models.BigIntegerField(blank=True, null=True)),
                ("row_id", models.BigIntegerField(blank=True, null=True, verbose_name="row")),
                ("row_at", models.DateTimeField(blank=True, null=True, verbose_name="row of")),
                ("found_at", models.DateTimeField(verbose_name="found")),
                ("seen_at", models.DateTimeField(verbose_name="last found")),
                ("accepted_at", models.DateTimeField(blank=True, null=True, verbose_name="accepted")),
                ("accepted_by", models.CharField(blank=True, default="", max_length=150)),
                ("reason", models.TextField(blank=True, default="")),
            ],
            options={
                "db_table": "log_finding",
                "verbose_name": "finding in a log",
                "verbose_name_plural": "findings in logs",
                "permissions": [("accept_logfinding", "Can accept a finding in a log that was looked into")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("log", "what", "position", "row_id", "row_at"),
                        name="log_finding_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
    ]
