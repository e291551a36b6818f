from django.db import migrations

BIRTH = (
    "id", "rule", "rule_version", "campaign_id", "action", "proposal", "score", "base", "adequacy", "stability",
    "evidence", "expected", "plan", "settings", "money", "currency", "as_of", "proposed_at", "expires_at",
)


def row(of: str) -> str:
    return f"({', '.join(f'{of}.{column}' for column in BIRTH)})"


FREEZE = f"""
CREATE TRIGGER birth_stays BEFORE UPDATE ON recommendation
    FOR EACH ROW WHEN ({row("old")} IS DISTINCT FROM {row("new")}) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rows_stay BEFORE DELETE ON recommendation FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER table_stays BEFORE TRUNCATE ON recommendation FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rows_stay BEFORE UPDATE OR DELETE ON recommendation_decisions
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER table_stays BEFORE TRUNCATE ON recommendation_decisions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
MELT = """
DROP TRIGGER birth_stays ON recommendation;
DROP TRIGGER rows_stay ON recommendation;
DROP TRIGGER table_stays ON recommendation;
DROP TRIGGER rows_stay ON recommendation_decisions;
DROP TRIGGER table_stays ON recommendation_decisions;
"""


class Migration(migrations.Migration):
    """What a recommendation was born with stays, and decisions are only added."""

    dependencies = [("recommendations", "0001_initial"), ("compliance", "0004_audit_trail")]
    operations = [migrations.RunSQL(FREEZE, MELT)]
