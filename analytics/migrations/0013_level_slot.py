import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analytics", "0012_plural_of_suppressed")]

    operations = [
        migrations.CreateModel(
            name="LevelSlot",
            fields=[
                ("pk", models.CompositePrimaryKey("series", "width", "at", blank=True, editable=False, primary_key=True, serialize=False)),
                ("series", models.CharField(max_length=20)),
                ("width", models.IntegerField()),
                ("at", models.DateTimeField()),
                ("counts", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ("bad", models.IntegerField()),
            ],
            options={"db_table": "level_slot"},
        ),
    ]
