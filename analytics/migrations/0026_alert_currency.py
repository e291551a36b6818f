from django.db import migrations

CURRENCY = """
-- Each part of an alert with the currency that totals stood in when it was found: until now there was no other.
UPDATE marketing_alert SET parts = (
    SELECT jsonb_agg(part || jsonb_build_object('currency', data_version.currency) ORDER BY place)
    FROM jsonb_array_elements(parts) WITH ORDINALITY AS one (part, place)
)
FROM data_version
WHERE jsonb_array_length(parts) > 0 AND NOT parts -> 0 ? 'currency'
"""


class Migration(migrations.Migration):
    """Amounts of an alert stay in the currency in which they were found."""

    dependencies = [("analytics", "0025_arriving")]

    operations = [migrations.RunSQL(CURRENCY, migrations.RunSQL.noop)]
