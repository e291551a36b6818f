from django.db import migrations, models

DOORS = [
    ("", "Not kept: it was before doors were"),
    ("segment", "A client's alias"),
    ("addresses", "One address, written in two ways"),
]


def door() -> models.CharField:
    return models.CharField(choices=DOORS, db_default="", default="", max_length=20)


class Migration(migrations.Migration):
    """By which door it was told that two are one; and which ids are found as they are compared: those of before, and
    those of code of before, are joined by a job (`analytics.joining`).
    """

    dependencies = [("compliance", "0030_log_finding")]

    operations = [
        migrations.AddField("identityalias", "door", door()),
        migrations.AddField("mergewaiting", "door", door()),
        migrations.AddField("identity", "as_compared", models.BooleanField(db_default=False)),
        migrations.AlterModelOptions("identityalias", {"verbose_name": "merged contact"}),
        migrations.AlterModelOptions(
            "mergewaiting", {"verbose_name": "merge that waits", "verbose_name_plural": "merges that wait"}
        ),
    ]
