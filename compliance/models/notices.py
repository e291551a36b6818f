"""Whom the system tells of what it found, and what it told them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class ChannelKind(models.TextChoices):
    EMAIL = "email", "E-mail"
    WEBHOOK = "webhook", "Webhook"
    SLACK = "slack", "Slack"
    TEAMS = "teams", "Microsoft Teams"


class NoticeChannel(models.Model):
    """A way to tell people, and what it tells of (`about`).

    `address`, encrypted, has one address a line: e-mail addresses, or the one URL, which is a secret. `secrets`,
    encrypted, has those that sign, the newest first. `built_in`: the addresses are those of the setting `ALERT_EMAILS`.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=10, choices=ChannelKind)
    about = ArrayField(models.CharField(max_length=20), verbose_name="tells of")
    address = models.BinaryField(null=True)
    secrets = models.BinaryField(null=True)
    enabled = models.BooleanField("on", default=True)
    built_in = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "notice_channel"
        verbose_name = "channel for notices"
        verbose_name_plural = "channels for notices"
        constraints = [
            models.UniqueConstraint(fields=["built_in"], condition=Q(built_in=True), name="notice_channel_built_in")
        ]

    def __str__(self) -> str:
        return self.name


class NoticeState(models.TextChoices):
    WAITING = "waiting", "waiting"
    SENT = "sent", "sent"
    GIVEN_UP = "given up", "given up"


class Notice(models.Model):
    """One message for one channel: what waits to be sent, and the log of what was.

    It waits until `due_at`, and while it is being sent as well, so that it comes again should the sender die. `status`
    is that of the last answer, where the channel is one that answers by HTTP. `reached`, while it waits, has keyed
    hashes of the receivers of a mail channel who have it already. Rows outlive their channel by its name.
    """

    id = models.BigAutoField(primary_key=True)
    channel = models.ForeignKey(NoticeChannel, models.SET_NULL, null=True)
    channel_name = models.CharField("channel", max_length=60)
    about = models.CharField(max_length=20)
    key = models.CharField("cause", max_length=300)
    title = models.CharField(max_length=200)
    text = models.TextField()
    path = models.CharField("page", max_length=500, default="", blank=True)
    told_at = models.DateTimeField("told")
    state = models.CharField(max_length=10, choices=NoticeState, default=NoticeState.WAITING)
    due_at = models.DateTimeField("next try")
    tried_at = models.DateTimeField("last try", null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    status = models.PositiveSmallIntegerField("answer", null=True, blank=True)
    error = models.TextField("why not", default="", blank=True)
    reached = ArrayField(models.BinaryField(), default=list, db_default=[], blank=True)

    class Meta:
        db_table = "notice"
        verbose_name = "notice"
        constraints = [models.UniqueConstraint(fields=["channel", "key"], name="notice_once")]
        indexes = [
            models.Index(fields=["channel", "due_at"], name="notice_waiting", condition=Q(state="waiting")),
            models.Index(fields=["channel", "-tried_at"], name="notice_latest"),
            models.Index(fields=["told_at"], name="notice_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.about}, {self.channel_name}, {self.told_at:%Y-%m-%d %H:%M}"
