from django.db import migrations

KEYS = """
UPDATE api_key SET scopes = array_append(scopes, 'metrics:scrape')
WHERE 'metrics:read' = ANY (scopes) AND NOT 'metrics:scrape' = ANY (scopes)
"""


class Migration(migrations.Migration):
    """What opened `/metrics` until now goes on doing so; who reads metrics may be had without it from now on."""

    dependencies = [("compliance", "0028_notice_reached")]

    operations = [migrations.RunSQL(KEYS, migrations.RunSQL.noop)]
