"""What people ask of us about their data, and what forbids to delete it for now."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class RequestKind(models.TextChoices):
    ACCESS = "access"
    PORTABILITY = "portability"
    ERASURE = "erasure"
    RECTIFICATION = "rectification"
    RESTRICTION = "restriction"
    OBJECTION = "objection"


class Regime(models.TextChoices):
    GDPR = "gdpr", "GDPR"
    CCPA = "ccpa", "CCPA"


class RequestState(models.TextChoices):
    RECEIVED = "received"  # who asks is not checked yet
    VERIFIED = "verified"
    APPROVED = "approved"  # an erasure, by somebody else than who entered it
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"


class IdentityCheck(models.TextChoices):
    ACCOUNT = "account", "Signed in to their account"
    REPLY = "reply", "Answered from the address or number we know"
    DOCUMENT = "document", "Showed a document, which was not kept"
    AGENT = "agent", "An agent with their signed permission"
    NOT_NEEDED = "not_needed", "Nothing about them is shown or deleted"


class DataSubjectRequest(models.Model):
    """One request of a person. Who it is stands in it by keyed hash, and encrypted: once they are erased no longer.

    `progress` is what each source has done, by its name; `waits_for` why a request that runs has not ended.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=RequestKind)
    regime = models.CharField(max_length=10, choices=Regime)
    state = models.CharField(max_length=20, choices=RequestState, default=RequestState.RECEIVED)
    subject = models.BinaryField(null=True)
    subject_hashes = ArrayField(models.BinaryField())
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    extended_at = models.DateTimeField(null=True, blank=True)
    extension_reason = models.TextField(default="", blank=True)
    identity_check = models.CharField(max_length=20, choices=IdentityCheck, default="", blank=True)
    identity_checked_at = models.DateTimeField(null=True, blank=True)
    identity_checked_by = models.CharField(max_length=150, default="", blank=True)
    asked_by_id = models.BigIntegerField(null=True)
    asked_by = models.CharField(max_length=150)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.CharField(max_length=150, default="", blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.TextField(default="", blank=True)
    progress = models.JSONField(default=dict, blank=True)
    waits_for = models.TextField(default="", blank=True)
    copy_name = models.CharField(max_length=100, default="", blank=True)
    copy_until = models.DateTimeField(null=True, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    receipt = models.JSONField(null=True, blank=True)

    class Meta:
        db_table = "data_subject_request"
        verbose_name = "data subject request"
        permissions = [("approve_erasure", "Can approve an erasure that somebody else entered")]
        indexes = [
            models.Index(fields=["state", "due_at"], name="subject_request_due"),
            GinIndex(fields=["subject_hashes"], name="subject_request_of"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, received {self.received_at:%Y-%m-%d}"


class LegalHold(models.Model):
    """Data of a person that must stay for now, by keyed hash: nothing of theirs is erased, nor cut by age."""

    id = models.BigAutoField(primary_key=True)
    subject_hashes = ArrayField(models.BinaryField())
    reason = models.TextField()
    reviewer = models.CharField(max_length=150, help_text="Who decides whether it is still needed.")
    placed_at = models.DateTimeField()
    placed_by = models.CharField(max_length=150)
    expires_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "legal_hold"
        indexes = [GinIndex(fields=["subject_hashes"], name="legal_hold_of")]

    def __str__(self) -> str:
        return f"hold of {self.placed_at:%Y-%m-%d}"
