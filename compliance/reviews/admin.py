"""Reviews of accesses in the admin: the list of quarters, each with its report, its people, its signatures."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from .. import audit, exports
from ..acting import Actor, actor_of
from ..models import AccessReview, ReviewFinding
from ..officers import OfficersAdmin
from . import presenting, report, signing
from .signing import CannotReview, State

COLOURS = {State.RUNNING: "closed", State.DUE: "soon", State.OVERDUE: "late", State.SIGNED: "closed"}


class StateFilter(admin.SimpleListFilter):
    """Which quarters wait for a signature, and for how long."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        now = timezone.now()
        counts = AccessReview.objects.aggregate(**{one.name: Count("pk", filter=of_state(one, now)) for one in State})
        return [(one.name, f"{one.value.capitalize()} ({counts[one.name]})") for one in State]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AccessReview]) -> QuerySet[AccessReview]:
        chosen = State.__members__.get(self.value() or "")
        return queryset.filter(of_state(chosen, timezone.now())) if chosen else queryset


def of_state(wanted: State, at: datetime) -> Q:
    """The reviews in a state, as `signing.state` tells it of one."""
    return {
        State.SIGNED: Q(signed_at__isnull=False),
        State.RUNNING: Q(signed_at=None, ends_at__gt=at),
        State.DUE: Q(signed_at=None, ends_at__lte=at, due_at__gt=at),
        State.OVERDUE: Q(signed_at=None, ends_at__lte=at, due_at__lte=at),
    }[wanted]


@admin.register(AccessReview)
class AccessReviewAdmin(OfficersAdmin):
    """A row is made when somebody first looks at a quarter with accesses; what is done with it are verbs."""

    list_display = ("name", "state", "due", "signers", "open_findings")
    list_filter = (StateFilter,)
    ordering = ("-starts_at",)

    class Media:
        css = {"all": ("css/requests.css", "css/review.css")}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessReview]:
        open_ones = Count("findings", filter=Q(findings__closed_at=None), distinct=True)
        return super().get_queryset(request).annotate(open_ones=open_ones).prefetch_related("signatures")

    @admin.display(description="State")
    def state(self, row: AccessReview) -> SafeString:
        state = signing.state(row, timezone.now())
        return format_html('<span class="due {}">{}</span>', COLOURS[state], state.value)

    @admin.display(description="Sign until", ordering="due_at")
    def due(self, row: AccessReview) -> str:
        return f"{row.due_at:%Y-%m-%d}"

    @admin.display(description="Signed by")
    def signers(self, row: AccessReview) -> str:
        names = ", ".join(signature.signed_by for signature in row.signatures.all())
        return f"{names}, and one more is needed" if names and not row.signed_at else names or "–"

    @admin.display(description="Open findings")
    def open_findings(self, row: Any) -> int:
        return int(row.open_ones)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if self.has_view_permission(request):
            signing.ensure(timezone.now())
        return super().changelist_view(request, extra_context)

    def get_urls(self) -> list[URLPattern]:
        def page(view: Callable[..., HttpResponse]) -> Any:
            return self.admin_site.admin_view(view)

        own = [
            path("<slug:quarter>/csv/", page(require_safe(self.csv_view)), name="compliance_review_csv"),
            path("<slug:quarter>/sign/", page(require_POST(self.sign_view)), name="compliance_review_sign"),
            path(
                "<slug:quarter>/people/<slug:who>/",
                page(require_safe(self.person_view)),
                name="compliance_review_person",
            ),
            path(
                "<slug:quarter>/people/<slug:who>/follow-up/",
                page(require_POST(self.follow_up_view)),
                name="compliance_review_follow_up",
            ),
            path("finding/<int:pk>/close/", page(require_POST(self.close_view)), name="compliance_review_close"),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The report of a quarter."""
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        review = self._review(request, object_id)
        shown = presenting.quarter(review, report.of(review), actor_of(request), timezone.now())
        return self._page(request, "compliance/review.html", review, shown, f"Accesses in {review.name}")

    def person_view(self, request: HttpRequest, quarter: str, who: str) -> HttpResponse:
        """What one person did in a quarter, with their reasons."""
        review = self._review(request, quarter)
        person = report.of(review).of(who)
        if person is None:
            raise Http404("Nobody of that name has accesses in this quarter.")
        shown = presenting.person(review, person, actor_of(request))
        audit.note("looked at", signing.OBJECT, review.name, actor_of(request), timezone.now())
        return self._page(request, "compliance/review_person.html", review, shown, f"{person.name} in {review.name}")

    def csv_view(self, request: HttpRequest, quarter: str) -> HttpResponse:
        """The report as a table. No reasons: what is downloaded is out of the reach of an erasure."""
        review = self._review(request, quarter)
        text = presenting.csv_of(report.of(review))
        audit.note("downloaded", signing.OBJECT, review.name, actor_of(request), timezone.now())
        exports.count(exports.REVIEW)
        disposition = f'attachment; filename="accesses-{review.name}.csv"'
        return HttpResponse(text, "text/csv; charset=utf-8", headers={"Content-Disposition": disposition})

    def sign_view(self, request: HttpRequest, quarter: str) -> HttpResponse:
        said = request.POST

        def sign(by: Actor, at: datetime) -> str:
            signing.sign(quarter, said.get("fingerprint", ""), said.get("note", ""), by=by, at=at)
            return "Signed."

        self._review(request, quarter, signing.PERMISSION)
        return self._done(request, sign, reverse("admin:compliance_accessreview_change", args=[quarter]))

    def follow_up_view(self, request: HttpRequest, quarter: str, who: str) -> HttpResponse:
        def follow_up(by: Actor, at: datetime) -> str:
            signing.follow_up(quarter, who, request.POST.get("text", ""), by=by, at=at)
            return "Noted."

        self._review(request, quarter, signing.PERMISSION)
        return self._done(request, follow_up, reverse("admin:compliance_review_person", args=[quarter, who]))

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def close(by: Actor, at: datetime) -> str:
            signing.close(pk, request.POST.get("outcome", ""), by=by, at=at)
            return "Closed."

        self._check(request, signing.PERMISSION)
        finding = ReviewFinding.objects.filter(pk=pk).first()
        if finding is None:
            raise Http404("There is no such finding.")
        back = reverse("admin:compliance_review_person", args=[finding.review_id, finding.who])
        return self._done(request, close, back)

    def _done(self, request: HttpRequest, act: Callable[[Actor, datetime], str], back: str) -> HttpResponse:
        """Do it, and say on the page what became of it."""
        try:
            self.message_user(request, act(actor_of(request), timezone.now()), messages.SUCCESS)
        except CannotReview as error:
            self.message_user(request, str(error), messages.ERROR)
        return redirect(back)

    def _check(self, request: HttpRequest, permission: str = "") -> None:
        if not (request.user.has_perm(permission) if permission else self.has_view_permission(request)):
            raise PermissionDenied

    def _review(self, request: HttpRequest, quarter: str, permission: str = "") -> AccessReview:
        self._check(request, permission)
        review = AccessReview.objects.filter(pk=quarter).first()
        if review is None:
            raise Http404(f"There is no review of {quarter}; the list shows those there are.")
        return review

    def _page(
        self, request: HttpRequest, template: str, review: AccessReview, shown: dict[str, Any], title: str
    ) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media, "title": title}
        may_sign = request.user.has_perm(signing.PERMISSION)
        return render(request, template, {**frame, "review": review, "may_sign": may_sign, **shown})
