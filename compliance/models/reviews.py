"""Who looked at whom, reviewed by quarters: what was signed by whom, and what is to be followed up."""

from django.db import models


class AccessReview(models.Model):
    """One quarter in which somebody looked at people. Its bounds stand here, for the reporting zone may change.

    `signed_at` is set once everybody's accesses were signed by somebody else.
    """

    name = models.CharField("quarter", max_length=7, primary_key=True)  # such as 2026-Q4
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    due_at = models.DateTimeField("sign until")
    signed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "access_review"
        verbose_name = "review of accesses"
        verbose_name_plural = "reviews of accesses"
        permissions = [("sign_off", "Can sign reviews of accesses, and note what is followed up")]

    def __str__(self) -> str:
        return self.name


class ReviewSignature(models.Model):
    """That somebody read a quarter's report and signed it, for everybody but themselves.

    `content` is the report as it was, without words of reasons; `fingerprint` its SHA-256, which the audit trail has
    as well.
    """

    id = models.BigAutoField(primary_key=True)
    review = models.ForeignKey(AccessReview, models.CASCADE, related_name="signatures")
    at = models.DateTimeField()
    signed_by_id = models.BigIntegerField()
    signed_by = models.CharField(max_length=150)
    note = models.TextField()
    fingerprint = models.CharField(max_length=79)
    content = models.JSONField()

    class Meta:
        db_table = "access_review_signature"
        constraints = [models.UniqueConstraint(fields=["review", "signed_by_id"], name="signed_once_by_each")]


class ReviewFinding(models.Model):
    """Something about one person's accesses that is followed up, until it is closed with what came of it."""

    id = models.BigAutoField(primary_key=True)
    review = models.ForeignKey(AccessReview, models.CASCADE, related_name="findings")
    who = models.CharField(max_length=40)  # as in the report: user-17, or key-… of nobody
    name = models.CharField(max_length=150)
    text = models.TextField()
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=150)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, default="", blank=True)
    outcome = models.TextField(default="", blank=True)

    class Meta:
        db_table = "access_review_finding"
        indexes = [models.Index(fields=["review", "who"], name="review_finding_of")]
