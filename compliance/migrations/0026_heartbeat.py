from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("compliance", "0023_job_runs_of_a_minute")]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("program", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "heartbeat"},
        ),
    ]
