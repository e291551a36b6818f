from typing import Any

from django.db import migrations
from django.utils import timezone

NAME, DEFAULT, RULES = "break_even", 1.0, ("low_roas", "winner")


def share(apps: Any, schema_editor: Any) -> None:
    """Where two rules had a value each, the one that was set last is that of both."""
    settings, audit = apps.get_model("recommendations", "RuleSetting"), apps.get_model("compliance", "AuditEntry")
    kept = None
    for row in settings.objects.filter(rule__in=RULES).order_by("changed_at"):
        kept = row.thresholds.pop(NAME, kept)
        settings.objects.filter(pk=row.pk).update(thresholds=row.thresholds)
    if kept is not None:
        settings.objects.create(rule="shared", thresholds={NAME: kept})
        details = {"threshold": NAME, "before": DEFAULT, "after": kept}
        now = timezone.now()
        audit.objects.create(at=now, act="set threshold", object_type="rule", object_id="shared", details=details)


class Migration(migrations.Migration):
    """The ROAS at which a campaign pays is one for all rules."""

    dependencies = [("recommendations", "0003_redaction")]
    operations = [migrations.RunPython(share, migrations.RunPython.noop)]
