from django.db import migrations, models


class Migration(migrations.Migration):
    """The day on which a key was used last."""

    dependencies = [("compliance", "0019_signing_in")]
    operations = [
        migrations.AddField(
            model_name="apikey",
            name="last_used_on",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="last used"),
        )
    ]
