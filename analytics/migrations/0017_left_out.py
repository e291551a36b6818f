from django.db import migrations, models


class Migration(migrations.Migration):
    """Rows of a file that are no costs of their own are counted."""

    dependencies = [("analytics", "0017_costs_of_platforms")]
    operations = [
        migrations.AddField("importfile", name, models.BigIntegerField(db_default=0, default=0))
        for name in ("totals", "replaced", "unreported")
    ]
