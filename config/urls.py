"""Every address of the project, by the app that answers it."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="analytics:overview"), name="home"),
    *([path("admin/marketing/", include("analytics.pages.urls"))] if find_spec("analytics.pages.urls") else []),
    path("admin/", admin.site.urls),
    *([path("api/v1/", include("analytics.api.urls"))] if find_spec("analytics.api.urls") else []),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
]
