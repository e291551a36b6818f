from django.db import migrations, models

REDACTION = """
CREATE FUNCTION refuse_change_but_redaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('compliance.erasing', true) = 'on' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% stays as it was written: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
"""


class Migration(migrations.Migration):
    """Who was erased stays unknown; a person's address may be taken out of texts that otherwise stay."""

    dependencies = [("compliance", "0007_roles")]
    operations = [
        migrations.CreateModel(
            name="Suppression",
            fields=[
                ("outside_id_hash", models.BinaryField(max_length=16, primary_key=True, serialize=False)),
                ("since", models.DateTimeField()),
            ],
            options={"verbose_name_plural": "suppression list", "db_table": "suppression"},
        ),
        migrations.RunSQL(REDACTION, "DROP FUNCTION refuse_change_but_redaction"),
    ]
