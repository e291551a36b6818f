from django.db import models
from django.db.models.functions import Now


class Identity(models.Model):
    """Who a contact is: the only table that knows. Fields are encrypted; rows are found by keyed hash.

    `as_compared` is false of ids that came before addresses were one person however written, until they are looked at.
    """

    contact_id = models.BigAutoField(primary_key=True)
    outside_id_hash = models.BinaryField(max_length=16, unique=True)
    outside_id = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())
    as_compared = models.BooleanField(db_default=False)

    class Meta:
        db_table = "identity"
        verbose_name_plural = "identities"

    def __str__(self) -> str:
        return str(self.contact_id)


class MergeDoor(models.TextChoices):
    """Who told that two are one."""

    UNKNOWN = "", "Not kept: it was before doors were"
    ALIAS = "segment", "A client's alias"
    ADDRESSES = "addresses", "One address, written in two ways"


class IdentityAlias(models.Model):
    """A number that is another contact's since two ids turned out to be one person's: events that bear it are theirs.

    The id's row of `identity` stays. One step always leads to the contact.
    """

    former_id = models.BigIntegerField(primary_key=True)
    contact_id = models.BigIntegerField(db_index=True)
    since = models.DateTimeField()
    door = models.CharField(max_length=20, choices=MergeDoor, default=MergeDoor.UNKNOWN, db_default="")

    class Meta:
        db_table = "identity_alias"
        verbose_name = "merged contact"

    def __str__(self) -> str:
        return f"{self.former_id} is {self.contact_id}"


class MergeWaiting(models.Model):
    """Two contacts of whom somebody told that they are one, until they are; not looked at before `due_at`."""

    id = models.BigAutoField(primary_key=True)
    contact_id = models.BigIntegerField()
    into_id = models.BigIntegerField()
    told_at = models.DateTimeField()
    due_at = models.DateTimeField()
    door = models.CharField(max_length=20, choices=MergeDoor, default=MergeDoor.UNKNOWN, db_default="")

    class Meta:
        db_table = "merge_waiting"
        verbose_name = "merge that waits"
        verbose_name_plural = "merges that wait"

    def __str__(self) -> str:
        return f"{self.contact_id} is {self.into_id}"


class IdentityKind(models.TextChoices):
    EMAIL = "email", "E-mail address"
    PHONE = "phone", "Phone number"
    NAME = "name", "Name"


class IdentityField(models.Model):
    """What else a contact is known by, encrypted; `value_hash` is keyed, of the value as it is compared."""

    id = models.BigAutoField(primary_key=True)
    contact_id = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=IdentityKind)
    value_hash = models.BinaryField(max_length=16, db_index=True)
    value = models.BinaryField()
    learned_at = models.DateTimeField()

    class Meta:
        db_table = "identity_field"
        constraints = [models.UniqueConstraint(fields=["contact_id", "kind", "value_hash"], name="identity_field_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.contact_id}"


class Suppression(models.Model):
    """Somebody who was erased, or wants to be left alone: by keyed hash, which nobody can read back."""

    outside_id_hash = models.BinaryField(max_length=16, primary_key=True)
    since = models.DateTimeField()

    class Meta:
        db_table = "suppression"
        verbose_name_plural = "suppression list"

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d}"
