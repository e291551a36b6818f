import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Second factors, and sessions that know whose they are: whoever is signed in signs in again, once."""

    dependencies = [
        ("compliance", "0018_seals"),
        ("sessions", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="SecondFactor",
            fields=[
                ("user", models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False,
                    to=settings.AUTH_USER_MODEL,
                )),
                ("secret", models.BinaryField()),
                ("since", models.DateTimeField()),
                ("last_step", models.BigIntegerField()),
                ("salt", models.BinaryField()),
                ("recovery", django.contrib.postgres.fields.ArrayField(base_field=models.BinaryField(), size=None)),
            ],
            options={"db_table": "second_factor"},
        ),
        migrations.CreateModel(
            name="WebSession",
            fields=[
                ("session_key", models.CharField(
                    max_length=40, primary_key=True, serialize=False, verbose_name="session key"
                )),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("created_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("ip", models.GenericIPAddressField(blank=True, null=True)),
                ("browser", models.CharField(max_length=60)),
                ("user", models.ForeignKey(
                    blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                )),
            ],
            options={
                "db_table": "web_session", "verbose_name": "session", "verbose_name_plural": "sessions",
                "abstract": False,
            },
        ),
        migrations.RunSQL("DELETE FROM django_session", migrations.RunSQL.noop),  # nobody reads them any more
    ]
