from django.db import migrations


class Migration(migrations.Migration):
    """Costs may be below zero: what a platform credits or corrects."""

    dependencies = [("analytics", "0026_alert_currency")]

    operations = [migrations.RemoveConstraint(model_name="campaigncost", name="campaign_costs_not_negative")]
