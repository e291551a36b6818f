from django.db import migrations

TABLES = {"recommendation": "birth_stays", "recommendation_decisions": "rows_stay"}


def refuse(function: str) -> str:
    """The triggers of 0002 as they are, with another function for changes of rows."""
    birth = """
    DO $$ DECLARE definition text; BEGIN
        SELECT pg_get_triggerdef(oid) INTO definition FROM pg_trigger
        WHERE tgrelid = '{table}'::regclass AND tgname = '{trigger}';
        EXECUTE 'DROP TRIGGER {trigger} ON {table}';
        EXECUTE regexp_replace(definition, 'EXECUTE FUNCTION .*$', 'EXECUTE FUNCTION {function}()');
    END $$;
    """
    return "".join(birth.format(table=table, trigger=trigger, function=function) for table, trigger in TABLES.items())


class Migration(migrations.Migration):
    """The address of somebody who is erased leaves what otherwise stays as it was written."""

    dependencies = [("recommendations", "0002_frozen"), ("compliance", "0010_suppression")]
    operations = [migrations.RunSQL(refuse("refuse_change_but_redaction"), refuse("refuse_change"))]
