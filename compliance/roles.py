"""Who may do what: roles are Django groups, and what each may is this table, brought back by every `migrate`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig
from django.contrib.auth.models import Group, Permission, User
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet

from .models import ApiKey, MetricDenial


@dataclass(frozen=True, slots=True)
class Role:
    name: str
    why: str
    permissions: tuple[str, ...]  # as app.codename; what any member of staff may needs none
    signs_in: bool = True


def _view(*models: str) -> tuple[str, ...]:
    """The permissions to look at models, each given as app.model."""
    return tuple(model.replace(".", ".view_") for model in models)


DOORS = (
    "analytics.source",
    "analytics.inboxbatch",
    "analytics.importfile",
    "analytics.columnmapping",
    "analytics.deadletterrow",
    "analytics.hook",
)
WEBHOOKS = ("analytics.add_hook", "analytics.change_hook")
FIGURES = (
    "analytics.campaign",
    "analytics.campaigncost",
    "analytics.currencyrate",
    "recommendations.recommendation",
    "recommendations.decision",
    "recommendations.rulesetting",
)
NOTICES = ("compliance.noticechannel", "compliance.notice")  # of which each sees what they may hear of
CHANNELS = tuple(f"compliance.{act}_noticechannel" for act in ("add", "change", "delete"))
ROLES: tuple[Role, ...] = (
    Role(
        "Marketing admin",
        "runs campaigns: takes data in, decides on recommendations, tunes rules, sees people by a grant",
        (
            *_view(*FIGURES, *DOORS, "analytics.savedview", *NOTICES),
            *CHANNELS,
            *WEBHOOKS,
            "analytics.add_event",
            "analytics.add_importfile",
            "analytics.change_importfile",
            "analytics.change_campaign",
            "analytics.change_campaigncost",
            "analytics.change_marketingalert",
            "analytics.change_alertrule",
            "analytics.change_inboxbatch",
            "analytics.delete_deadletterrow",
            "analytics.change_savedview",
            "analytics.delete_savedview",
            "recommendations.change_recommendation",
            "recommendations.change_rulesetting",
            "compliance.add_consentgrant",
        ),
    ),
    Role("Analyst", "reads every figure and no person", _view(*FIGURES)),
    Role(
        "Compliance officer",
        "sees who looked at whom, what was done, and which role is denied which metric; sees people by a grant; "
        "answers their requests, keeps legal holds, and signs each quarter's review of accesses",
        (
            *_view("compliance.consentgrant", "compliance.piiaccess", "compliance.auditentry", "compliance.apikey"),
            *_view("compliance.loggedrequest", "compliance.metricdenial", "auth.user", "auth.group"),
            *_view("compliance.auditseal", "compliance.auditanchor", "compliance.logfinding"),
            *_view("compliance.identityalias", "compliance.mergewaiting"),
            "compliance.add_consentgrant",
            "compliance.add_metricdenial",
            "compliance.delete_metricdenial",
            *_view("compliance.datasubjectrequest", "compliance.legalhold", "compliance.retentionsetting"),
            "compliance.change_retentionsetting",
            "compliance.add_datasubjectrequest",
            "compliance.change_datasubjectrequest",
            "compliance.approve_erasure",
            "compliance.add_legalhold",
            "compliance.change_legalhold",
            *_view("compliance.accessreview", "compliance.accessalert"),
            *_view(*NOTICES),
            *CHANNELS,
            "compliance.sign_off",
            "compliance.accept_logfinding",
            "compliance.change_accessalert",
        ),
    ),
    Role("Integration", "owns keys; what they may is their scopes", (), signs_in=False),
    Role(
        "Operator",
        "keeps it running: jobs, the schedule, what could not be taken in, keys",
        (
            *_view(*DOORS, "compliance.jobrun", "compliance.schedulertick", "compliance.apikey", "auth.user"),
            *_view("django_celery_beat.periodictask", "django_celery_beat.crontabschedule"),
            *_view("django_celery_beat.intervalschedule", *NOTICES),
            *CHANNELS,
            *WEBHOOKS,
            "analytics.change_inboxbatch",
            "analytics.add_importfile",
            "analytics.change_importfile",
            "analytics.delete_deadletterrow",
            "compliance.run_job",
            "compliance.change_apikey",
            "django_celery_beat.change_periodictask",
        ),
    ),
)
NAMES: tuple[str, ...] = tuple(role.name for role in ROLES)
KEYS_ONLY: tuple[str, ...] = tuple(role.name for role in ROLES if not role.signs_in)


def ensure(app: str) -> None:
    """Every role is a group, and of the permissions of an app it has those of the table and no others."""
    Group.objects.bulk_create([Group(name=name) for name in NAMES], ignore_conflicts=True)
    groups = dict(Group.objects.filter(name__in=NAMES).values_list("name", "pk"))
    known = dict(Permission.objects.filter(content_type__app_label=app).values_list("codename", "pk"))
    has = Group.permissions.through.objects.filter(group__in=groups.values(), permission__in=known.values())
    due = {(groups[role.name], known[name]) for role in ROLES for name in _of(app, role.permissions) if name in known}
    kept = set(has.values_list("group_id", "permission_id"))
    for group, permission in kept - due:
        has.filter(group_id=group, permission_id=permission).delete()
    missing = [has.model(group_id=group, permission_id=permission) for group, permission in due - kept]
    has.model.objects.bulk_create(missing, ignore_conflicts=True)


def after_migrate(sender: AppConfig, **_of_the_signal: Any) -> None:
    """An app's permissions are made after its migrations, by a receiver that comes before this one."""
    ensure(sender.label)


def _of(app: str, permissions: Iterable[str]) -> Iterable[str]:
    """The codenames of those permissions that are an app's."""
    return (codename for label, _, codename in (name.partition(".") for name in permissions) if label == app)


def with_roles(users: QuerySet[User]) -> QuerySet[User]:
    """Users who know with the same query what their groups keep from them."""
    of_them = User.groups.through.objects.filter(user=OuterRef("pk"))
    denials = MetricDenial.objects.filter(group__user=OuterRef("pk"), group__user__is_superuser=False)
    return users.annotate(
        keys_only=Exists(of_them.filter(group__name__in=KEYS_ONLY, user__is_superuser=False)),
        denied_metrics=ArraySubquery(denials.values("metric")),
    )


def with_denials(keys: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
    """Keys who know with the same query which metrics are denied to them: by the groups of the owner, by their own."""
    of_owner = Q(group__user=OuterRef("owner"), group__user__is_superuser=False)
    denials = MetricDenial.objects.filter(of_owner | Q(group=OuterRef("group")))
    return keys.annotate(denied_metrics=ArraySubquery(denials.values("metric")))


def signs_in(user: User) -> bool:
    """Whether somebody's roles let them use pages; a superuser always may."""
    if not hasattr(user, "keys_only"):
        user = with_roles(User.objects.all()).get(pk=user.pk)
    return not user.keys_only  # type: ignore[attr-defined]


def denied_metrics(request: Any) -> frozenset[str]:
    """The names of the metrics that whoever sent this request is denied, by any of their groups.

    Works for requests of Django and of Django REST framework. Of somebody unknown, or of the system, nothing is denied:
    what they may see is asked elsewhere.
    """
    key = getattr(request, "auth", None)
    return denied_to(key if isinstance(key, ApiKey) else request.user)


def denied_to(who: Any) -> frozenset[str]:
    """The same of a user or a key."""
    if not hasattr(who, "denied_metrics"):
        who = _looked_up(who)
    return frozenset(getattr(who, "denied_metrics", ()))


def _looked_up(who: Any) -> Any:
    """Somebody who was not found by a query of ours, such as one who has just signed in."""
    if isinstance(who, ApiKey):
        return with_denials(ApiKey.objects.all()).get(pk=who.pk)
    return with_roles(User.objects.all()).filter(pk=who.pk).first() if who.pk else None
