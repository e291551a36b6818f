"""Who may call which address, how: one table of all there are. What is not in it does not start.

The addresses themselves ask (`staff_page`, `scope_required`, the admin's permissions); that they ask for exactly this
is what `tests/config/test_access.py` tries, as everybody.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.core.checks import CheckMessage, Error
from django.urls import URLPattern, URLResolver, get_resolver

from analytics.segment.messages import CALLS
from compliance.api_keys import ALL
from compliance.roles import ROLES, signs_in


@dataclass(frozen=True, slots=True)
class Who:
    """Members of staff, if they have the `permission`; and keys with one of the `scopes`.

    The owner of a key needs the permission as well, unless they own keys alone; `by_owner`: nobody's key passes.
    """

    permission: str = ""
    scopes: tuple[str, ...] = ()
    by_owner: bool = False
    everybody: bool = False

    def lets_in(self, user: Any, scopes: Sequence[str] | None = None) -> bool:
        """Whether a person may (None is a stranger); with `scopes` a key whose owner that is (None is nobody)."""
        if self.everybody:
            return True
        permitted = user is not None and (not self.permission or user.has_perm(self.permission))
        if scopes is None:
            return bool(permitted and user.is_staff)
        trusted = not self.by_owner and (user is None or not signs_in(user))
        return bool(self.scopes) and bool({ALL, *self.scopes} & set(scopes)) and (permitted or trusted)

    @property
    def words(self) -> str:
        if self.everybody:
            return "everybody"
        keys = f"; keys with {' or '.join(self.scopes)}" if self.scopes else ""
        owner = " of somebody who has it" if self.by_owner else ""
        return f"{f'`{self.permission}`' if self.permission else 'all staff'}{keys}{owner}"


def _key(scope: str, permission: str = "") -> Who:
    return Who(permission, (scope,))


Methods = Mapping[str, Who]  # those that there are
EVERYBODY, STAFF = Who(everybody=True), Who()
OPEN: Methods = {"GET": EVERYBODY}
PAGE: Methods = {"GET": STAFF}
ACT: Methods = {"POST": STAFF}
FIGURES: Methods = {"GET": _key("kpi:read")}
EVENTS: Methods = {"POST": _key("events:write", "analytics.add_event")}
PEOPLE = Who("compliance.add_consentgrant", ("contacts:read",), by_owner=True)
SEES_PEOPLE = Who("compliance.add_consentgrant")
SEES_REVIEWS, SIGNS_OFF = Who("compliance.view_accessreview"), Who("compliance.sign_off")
ACCEPTS_FINDINGS = Who("compliance.accept_logfinding")
RUNS_JOBS = "compliance.run_job"
IMPORTS, CHANGES_IMPORTS = Who("analytics.add_importfile"), Who("analytics.change_importfile")
ACTS_ON_ALERTS = "analytics.change_marketingalert"
RETRIES: Methods = {"POST": Who("analytics.change_inboxbatch")}
CHANGES_HOOKS: Methods = {"POST": Who("analytics.change_hook")}
SETS_ALERTS: Methods = {"POST": Who("analytics.change_alertrule")}
DECIDES = "recommendations.change_recommendation"
DECIDES_HERE: Methods = {"POST": Who(DECIDES)}
DECIDES_BY_KEY: Methods = {"POST": _key("recommendations:write", DECIDES)}
RECOMMENDATIONS: Methods = {"GET": _key("recommendations:read")}

# By the name of the address; one without a name is called by its pattern. Behind a space stands what is asked of it
# that is for others than the rest.
TABLE: dict[str, Methods] = {
    "home": {"GET": EVERYBODY, "POST": EVERYBODY},
    "schema": OPEN,
    "docs": OPEN,
    "metrics": {"GET": _key("metrics:scrape", "compliance.view_jobrun")},
    "hook": {"GET": EVERYBODY, "POST": EVERYBODY},  # whoever knows the secret in it
    "hook-bare": {"GET": EVERYBODY, "POST": EVERYBODY},
    "my-data": {"GET": EVERYBODY, "POST": EVERYBODY},  # whoever has the signed link
    # Pages
    "analytics:overview": PAGE,
    "analytics:campaigns": PAGE,
    "analytics:campaigns_csv": PAGE,
    "analytics:views": PAGE,
    "analytics:save_view": ACT,
    "analytics:view": PAGE,
    "analytics:change_view": ACT,  # one's own
    "analytics:delete_view": ACT,  # one's own
    "analytics:campaign": PAGE,
    "analytics:drilldown": PAGE,
    "analytics:contacts": {"GET": SEES_PEOPLE},
    "analytics:contact": {"GET": SEES_PEOPLE},
    "analytics:reveal": {"POST": SEES_PEOPLE},
    "analytics:consent": {"POST": SEES_PEOPLE},
    "analytics:end": ACT,  # one's own
    "analytics:alerts": PAGE,
    "analytics:alerts_panel": PAGE,
    "analytics:alert": PAGE,
    "analytics:acknowledge_alert": {"POST": Who(ACTS_ON_ALERTS)},
    "analytics:snooze_alert": {"POST": Who(ACTS_ON_ALERTS)},
    "analytics:wake_alert": {"POST": Who(ACTS_ON_ALERTS)},
    "analytics:set_rule": SETS_ALERTS,
    "analytics:draw_line": SETS_ALERTS,
    "analytics:redraw_line": SETS_ALERTS,
    "analytics:remove_line": SETS_ALERTS,
    "analytics:imports": PAGE,
    "analytics:imports_panel": PAGE,
    "analytics:upload": {"GET": IMPORTS},
    "analytics:send_upload": {"POST": IMPORTS},
    "analytics:begin_upload": {"POST": IMPORTS},
    "analytics:upload_stands": {"GET": IMPORTS},  # one's own, as the next two
    "analytics:send_part": {"POST": IMPORTS},
    "analytics:drop_upload": {"POST": IMPORTS},
    "analytics:import": PAGE,
    "analytics:start_import": {"POST": IMPORTS},
    "analytics:cancel_import": {"POST": CHANGES_IMPORTS},
    "analytics:undo_import": {"POST": CHANGES_IMPORTS},
    "analytics:rejected_csv": {"GET": IMPORTS},
    "analytics:data": PAGE,
    "analytics:source": PAGE,
    "analytics:test_source": CHANGES_HOOKS,
    "analytics:make_webhook": {"POST": Who("analytics.add_hook")},
    "analytics:rotate_webhook": CHANGES_HOOKS,
    "analytics:set_webhook_key": CHANGES_HOOKS,
    "analytics:end_webhook": CHANGES_HOOKS,
    "analytics:retry_rejected": RETRIES,
    "analytics:discard_rejected": {"POST": Who("analytics.delete_deadletterrow")},
    "analytics:retry_batches": RETRIES,
    "analytics:health": PAGE,
    "analytics:run_job": {"POST": Who(RUNS_JOBS)},
    "analytics:receipt": PAGE,
    "analytics:looks": PAGE,  # one's own
    "recommendations:list": PAGE,
    "recommendations:top": PAGE,
    "recommendations:of_campaign": PAGE,
    "recommendations:kept": PAGE,
    "recommendations:one": PAGE,
    "recommendations:figure": PAGE,
    "recommendations:accept": DECIDES_HERE,
    "recommendations:dismiss": DECIDES_HERE,
    "recommendations:snooze": DECIDES_HERE,
    "recommendations:implement": DECIDES_HERE,
    "recommendations:undo": DECIDES_HERE,
    # API
    "api-campaigns": {"GET": _key("campaigns:read"), "POST": _key("campaigns:write", "analytics.change_campaign")},
    "api-details": FIGURES,
    "api-drilldown": FIGURES,
    "api-drilldown level=contact": {"GET": PEOPLE},
    "api-costs": {"POST": _key("costs:write", "analytics.change_campaigncost")},
    "api-events": EVENTS,
    **{f"segment-{call}": EVENTS for call in ("batch", *CALLS)},
    "api-funnel": FIGURES,
    "api-jobs": {"GET": _key("jobs:read")},
    "api-job-run": {"GET": _key("jobs:read")},
    "api-job-start": {"POST": _key("jobs:run", RUNS_JOBS)},
    "api-kpi": FIGURES,
    "api-kpi-timeseries": FIGURES,
    "api-metrics": {"GET": Who(scopes=("metrics:read", "kpi:read"))},
    "api-freshness": FIGURES,
    "api-sources": FIGURES,
    "api-health": OPEN,
    "api-consent": {"POST": PEOPLE},
    "api-grant": {"DELETE": PEOPLE},
    "api-reveal": {"POST": PEOPLE},
    "api-contacts": {"POST": _key("contacts:write", "compliance.add_identityfield")},
    "api-dsar": {"POST": _key("dsar:write", "compliance.add_datasubjectrequest")},
    "api-dsar-state": {"GET": _key("dsar:write", "compliance.view_datasubjectrequest")},
    "api/v1/": {"GET": EVERYBODY, "POST": EVERYBODY},  # says that there is nothing
    "api-recommendations": RECOMMENDATIONS,
    "api-recommendation": RECOMMENDATIONS,
    "api-accept": DECIDES_BY_KEY,
    "api-dismiss": DECIDES_BY_KEY,
    "api-snooze": DECIDES_BY_KEY,
    "api-implement": DECIDES_BY_KEY,
    "api-undo": DECIDES_BY_KEY,
    # The admin itself
    "admin:index": {"GET": STAFF, "POST": STAFF},
    "admin:login": {"GET": EVERYBODY, "POST": EVERYBODY},
    "admin:logout": {"POST": EVERYBODY},
    "admin:password_change": {"GET": STAFF, "POST": STAFF},
    "admin:password_change_done": PAGE,
    "admin:second_step": {"GET": STAFF, "POST": STAFF},  # and whoever has given their password
    "admin:enrol": {"GET": STAFF, "POST": STAFF},  # likewise
    "admin:recovery_codes": ACT,  # one's own, here and below
    "admin:remove_second_factor": ACT,
    "admin:account": PAGE,
    "admin:accept_finding": {"GET": ACCEPTS_FINDINGS, "POST": ACCEPTS_FINDINGS},
    "admin:end_sessions": ACT,
    "admin:jsi18n": PAGE,
    "admin:autocomplete": {},  # no list of ours offers it
    "admin:view_on_site": {"GET": STAFF, "POST": STAFF},
    "admin:app_list": {"GET": STAFF, "POST": STAFF},
    "admin:(?P<url>.*)$": {"GET": STAFF, "POST": STAFF},  # says that there is nothing
    "admin:compliance_dsar_receipt": {verb: Who("compliance.view_datasubjectrequest") for verb in ("GET", "POST")},
    "admin:compliance_review_csv": {"GET": SEES_REVIEWS},
    "admin:compliance_review_person": {"GET": SEES_REVIEWS},
    "admin:compliance_review_sign": {"POST": SIGNS_OFF},
    "admin:compliance_review_follow_up": {"POST": SIGNS_OFF},
    "admin:compliance_review_close": {"POST": SIGNS_OFF},
    "admin:compliance_noticechannel_test": {"POST": Who("compliance.change_noticechannel")},
    "admin:auth_user_password_change": {"GET": Who("auth.change_user"), "POST": Who("auth.change_user")},
}

# The admin's lists, and what may be done there beside looking: each needs Django's permission of the model.
ALL_ACTS = ("add", "change", "delete")
ADMIN: dict[str, tuple[str, ...]] = {
    "auth.group": ALL_ACTS,  # but for roles, which the code makes
    "auth.user": ALL_ACTS,
    "django_celery_beat.periodictask": ALL_ACTS,
    "django_celery_beat.clockedschedule": ALL_ACTS,
    "django_celery_beat.crontabschedule": ALL_ACTS,
    "django_celery_beat.solarschedule": ALL_ACTS,
    "django_celery_beat.intervalschedule": ALL_ACTS,
    "compliance.apikey": ("change", "delete"),
    "compliance.jobrun": (),
    "compliance.schedulertick": (),
    "compliance.consentgrant": (),
    "compliance.piiaccess": (),
    "compliance.auditentry": (),
    "compliance.loggedrequest": (),
    "compliance.auditseal": (),
    "compliance.auditanchor": (),
    "compliance.logfinding": (),
    "compliance.identityalias": (),
    "compliance.mergewaiting": (),
    "compliance.datasubjectrequest": ("add", "change"),
    "compliance.metricdenial": ("add", "delete"),
    "compliance.legalhold": ("add", "change"),  # a hold is lifted, from the list, and else stays as it was put
    "compliance.retentionsetting": ("change",),
    "compliance.accessreview": (),  # and signing it, for who may sign off
    "compliance.accessalert": ("change",),
    "compliance.noticechannel": ALL_ACTS,  # and sending a test, for who may change
    "compliance.notice": (),
    "analytics.campaign": (),
    "analytics.savedview": ("change", "delete"),
    "analytics.source": (),
    "analytics.inboxbatch": (),  # and retrying them, for who may change
    "analytics.importfile": (),
    "analytics.deadletterrow": (),
    "analytics.suppressedevents": (),
    "analytics.otherevents": (),
    "analytics.hook": (),
    "analytics.campaigncost": (),
    "analytics.columnmapping": (),
    "analytics.currencyrate": (),
    "recommendations.rulesetting": ("change",),
    "recommendations.recommendation": (),
    "recommendations.decision": (),
}


def _admin(model: str, acts: Sequence[str]) -> dict[str, Methods]:
    """The addresses of a list of the admin."""
    app, _, name = model.partition(".")

    def may(verb: str) -> Who:
        return Who(f"{app}.{verb}_{name}")

    def both(verb: str) -> Methods:
        return {"GET": may(verb), "POST": may(verb)} if verb in acts else {}

    view = {"GET": may("view"), "POST": may("view")}
    change = {"GET": may("view")} | ({"POST": may("change")} if "change" in acts else {})
    found = {"changelist": view, "history": view, "change": change, "add": both("add"), "delete": both("delete")}
    old: dict[str, Methods] = {f"admin:{app}/{name}/<path:object_id>/": {"GET": STAFF, "POST": STAFF}}  # leads on
    return {f"admin:{app}_{name}_{page}": methods for page, methods in found.items()} | old


ACCESS: dict[str, Methods] = TABLE | {
    address: methods for model, acts in ADMIN.items() for address, methods in _admin(model, acts).items()
}


def addresses(patterns: Any = None, space: str = "", path: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address that is served, by its name with its namespace, else by its pattern."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = f"{path}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from addresses(pattern.url_patterns, inner, "" if pattern.namespace else route)
        else:
            yield f"{space}{pattern.name or route}", pattern


IN = "Say in config/access.py who may call it: TABLE, or ADMIN for a list of the admin."
OUT = "Take it out of config/access.py."


def check_access(**_of_django: Any) -> list[CheckMessage]:
    """A system check: nothing is served that the table does not know, and it knows nothing else."""
    served, known = {name for name, _ in addresses()}, {name.partition(" ")[0] for name in ACCESS}
    unsaid = [Error(f"Nobody has said who may call {name}.", hint=IN, id="access.E001") for name in served - known]
    gone = [Error(f"{name} is not served.", hint=OUT, id="access.E002") for name in known - served]
    return [*unsaid, *gone]


def matrix() -> str:
    """The table for people to read, as Markdown: what each role has, and what that opens."""
    return f"{_of_roles()}\n\n{_of_addresses()}"


def _of_roles() -> str:
    """One line for each permission that any address asks for."""
    asked = {who.permission for methods in ACCESS.values() for who in methods.values() if who.permission}
    head = ["permission", *(role.name for role in ROLES)]
    held = [[f"`{name}`", *("yes" if name in role.permissions else "" for role in ROLES)] for name in sorted(asked)]
    return _markdown(head, [row for row in held if any(row[1:])])


def _of_addresses() -> str:
    """One line for all addresses that let in the same; those of the admin's lists are told by their rule."""
    said = {name: "; ".join(f"{method}: {who.words}" for method, who in ways.items()) for name, ways in TABLE.items()}
    rows = sorted((who, name) for name, who in said.items())
    same = [(who, [f"`{name}`" for _, name in group]) for who, group in groupby(rows, key=lambda row: row[0])]
    return _markdown(["who", "address"], [[who or "nobody", ", ".join(names)] for who, names in same])


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |".replace("  ", " ") for row in (head, ["---"] * len(head), *rows))
