"""A recommendation, from its birth to its outcome, and every decision on it."""

from django.db import models


class State(models.TextChoices):
    OPEN = "open"
    SNOOZED = "snoozed"
    ACCEPTED = "accepted"
    IMPLEMENTED = "implemented"
    MEASURING = "measuring"
    DISMISSED = "dismissed"
    EXPIRED = "expired"
    BETTER = "better"
    NO_DIFFERENCE = "no difference"
    WORSE = "worse"
    CANNOT_TELL = "cannot tell"


# While one of these lasts, the same rule finds nothing more about the same campaign.
STANDING = (State.OPEN, State.SNOOZED, State.ACCEPTED, State.IMPLEMENTED, State.MEASURING)
MEASURED = (State.BETTER, State.NO_DIFFERENCE, State.WORSE, State.CANNOT_TELL)


class Recommendation(models.Model):
    """What a rule proposed for a campaign. What it was born with never changes, which the database sees to: all fields
    up to `expires_at`. `version` is raised by every change of the rest.

    `evidence`, `expected` and `plan` are those of the finding (`findings.py`), `settings` the rule's at birth;
    `outcome` is null until it is measured.
    """

    rule = models.CharField(max_length=40)
    rule_version = models.IntegerField()
    campaign = models.ForeignKey("analytics.Campaign", models.PROTECT, related_name="+")
    action = models.CharField(max_length=40)
    proposal = models.TextField()
    score = models.FloatField()
    base = models.FloatField()
    adequacy = models.FloatField()
    stability = models.FloatField()
    evidence = models.JSONField()
    expected = models.JSONField()
    plan = models.JSONField()
    settings = models.JSONField()
    money = models.DecimalField(max_digits=20, decimal_places=2)  # expected of 30 days; what lists are ordered by
    currency = models.CharField(max_length=3)
    as_of = models.DateTimeField()
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    state = models.CharField(max_length=20, choices=State.choices, default=State.OPEN)
    version = models.IntegerField(default=1)
    snoozed_until = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    implemented_on = models.DateField(null=True)
    outcome = models.JSONField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "recommendation"
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "campaign"], condition=models.Q(state__in=STANDING), name="recommendation_stands_once"
            )
        ]
        indexes = [
            models.Index(fields=["state", "-money", "id"], name="recommendation_listed"),
            models.Index(fields=["campaign", "rule", "-proposed_at"], name="recommendation_of"),
        ]

    def __str__(self) -> str:
        return f"{self.rule}, campaign {self.campaign_id}, {self.state}"


class Decision(models.Model):
    """One decision of a person upon a recommendation; rows are added and never changed."""

    recommendation = models.ForeignKey(Recommendation, models.PROTECT, related_name="decisions")
    decision = models.CharField(max_length=20)  # accept, dismiss, snooze, implement or undo
    reason = models.CharField(max_length=40, default="")
    note = models.TextField(default="")
    state_before = models.CharField(max_length=20)
    state_after = models.CharField(max_length=20)
    user_id = models.BigIntegerField(null=True)
    username = models.CharField(max_length=150)
    key_prefix = models.CharField(max_length=8, default="")
    at = models.DateTimeField()

    class Meta:
        db_table = "recommendation_decisions"
        indexes = [models.Index(fields=["recommendation", "-at"], name="recommendation_decided")]

    def __str__(self) -> str:
        return f"{self.username} {self.decision} {self.recommendation_id}"
