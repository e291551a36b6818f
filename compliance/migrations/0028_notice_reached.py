from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    """A mail channel mails each receiver apart; who has a notice already is not mailed again."""

    dependencies = [("compliance", "0027_identity_alias")]

    operations = [
        migrations.AddField(
            "notice", "reached", ArrayField(models.BinaryField(), blank=True, default=list, db_default=[], size=None)
        ),
    ]
