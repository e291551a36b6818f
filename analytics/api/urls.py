"""The JSON API, under /api/v1/."""

from django.urls import path, re_path

from .asking import NothingHereView
from .campaigns import CampaignsView
from .consent import ConsentView, GrantView, RevealView
from .costs import CostsView
from .details import DetailsView
from .drilldown import DrilldownView
from .dsar import DsarStateView, DsarView
from .events import EventsView
from .funnel import FunnelView
from .health import HealthView
from .jobs import JobRunView, JobsView, RunView
from .kpi import FreshnessView, KpiView, MetricsView, TimeseriesView
from .sources import SourcesView
from .told import ToldView

urlpatterns = [
    path("campaigns", CampaignsView.as_view(), name="api-campaigns"),
    path("campaigns/<int:pk>/details", DetailsView.as_view(), name="api-details"),
    path("campaigns/<int:pk>/drilldown", DrilldownView.as_view(), name="api-drilldown"),
    path("compliance/dsar", DsarView.as_view(), name="api-dsar"),
    path("compliance/dsar/<uuid:request_id>", DsarStateView.as_view(), name="api-dsar-state"),
    path("contacts", ToldView.as_view(), name="api-contacts"),
    path("costs", CostsView.as_view(), name="api-costs"),
    path("events", EventsView.as_view(), name="api-events"),
    path("funnel", FunnelView.as_view(), name="api-funnel"),
    path("jobs", JobsView.as_view(), name="api-jobs"),
    path("jobs/runs/<int:pk>", RunView.as_view(), name="api-job-run"),
    path("jobs/<slug:name>/run", JobRunView.as_view(), name="api-job-start"),
    path("kpi", KpiView.as_view(), name="api-kpi"),
    path("kpi/timeseries", TimeseriesView.as_view(), name="api-kpi-timeseries"),
    path("metrics", MetricsView.as_view(), name="api-metrics"),
    path("freshness", FreshnessView.as_view(), name="api-freshness"),
    path("health", HealthView.as_view(), name="api-health"),
    path("pii/consent", ConsentView.as_view(), name="api-consent"),
    path("pii/consent/<uuid:grant_id>", GrantView.as_view(), name="api-grant"),
    path("pii/reveal", RevealView.as_view(), name="api-reveal"),
    path("sources", SourcesView.as_view(), name="api-sources"),
    re_path("", NothingHereView.as_view()),
]
