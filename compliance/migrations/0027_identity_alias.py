from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("compliance", "0026_heartbeat")]

    operations = [
        migrations.CreateModel(
            name="IdentityAlias",
            fields=[
                ("former_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("contact_id", models.BigIntegerField(db_index=True)),
                ("since", models.DateTimeField()),
            ],
            options={"db_table": "identity_alias", "verbose_name_plural": "identity aliases"},
        ),
        migrations.CreateModel(
            name="MergeWaiting",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("contact_id", models.BigIntegerField()),
                ("into_id", models.BigIntegerField()),
                ("told_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
            ],
            options={"db_table": "merge_waiting", "verbose_name_plural": "merges waiting"},
        ),
    ]
