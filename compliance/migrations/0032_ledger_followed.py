from django.db import migrations, models


class Migration(migrations.Migration):
    """Up to which line of the ledger of erasures this database has come: one that was restored is behind."""

    dependencies = [("compliance", "0031_joined")]

    operations = [
        migrations.CreateModel(
            name="LedgerFollowed",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("line", models.BigIntegerField(default=0)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={"db_table": "ledger_followed", "verbose_name": "place in the ledger of erasures"},
        ),
    ]
