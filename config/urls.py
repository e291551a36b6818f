"""Every address of the project, by the app that answers it."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from compliance.subjects.pages import fetch
from config.metrics.page import MetricsPage

api_docs = SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="config/api_docs.html")

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="analytics:overview"), name="home"),
    path("admin/marketing/recommendations/", include("recommendations.pages.urls")),
    path("admin/marketing/", include("analytics.pages.urls")),
    path("admin/", admin.site.urls),
    path("my-data/<str:token>", fetch, name="my-data"),
    path("api/v1/", include("recommendations.api.urls")),
    path("api/v1/", include("analytics.api.urls")),  # answers every other address, too
    path("metrics", MetricsPage.as_view(), name="metrics"),
    path("hooks/", include("analytics.hooks.views")),
    path("v1/", include("analytics.segment.views")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", api_docs, name="docs"),
]

handler400 = "config.errors.bad_request"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"
