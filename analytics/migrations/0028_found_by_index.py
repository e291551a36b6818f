from django.db import migrations, models

INDEXES = (
    ("deadletterrow", models.Index(fields=["source_name", "id"], name="dead_letter_row_source")),
    (
        "campaigncost",
        models.Index(fields=["import_id"], condition=models.Q(("value", None)), name="campaign_costs_no_rate"),
    ),
)
PATIENCE = "60s"  # for transactions of others, which an index made CONCURRENTLY waits for: nobody queues behind it


def make(apps, editor):
    with editor.connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        (before,) = cursor.fetchone()
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [PATIENCE])
        try:
            for name, index in INDEXES:
                editor.execute(f"DROP INDEX IF EXISTS {index.name}")  # what a try that gave up left half made
                editor.add_index(apps.get_model("analytics", name), index, concurrently=True)
        finally:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [before])


def drop(apps, editor):
    for _name, index in INDEXES:
        editor.execute(f"DROP INDEX IF EXISTS {index.name}")


class Migration(migrations.Migration):
    """Rejected rows of one source, and amounts of one file without a rate, are found without reading all there are."""

    atomic = False
    dependencies = [("analytics", "0027_credits")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make, drop, atomic=False)],
            state_operations=[migrations.AddIndex(name, index) for name, index in INDEXES],
        )
    ]
