from django.db import migrations, models


class Migration(migrations.Migration):
    """What was said of the columns of files, to be used again."""

    dependencies = [("analytics", "0016_hook")]
    operations = [
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
