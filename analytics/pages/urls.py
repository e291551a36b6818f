from django.urls import path

from . import overview

app_name = "analytics"

urlpatterns = [
    path("", overview.overview, name="overview"),
]
