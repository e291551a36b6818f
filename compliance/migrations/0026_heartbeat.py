from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("compliance", "0025_totals")]

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
