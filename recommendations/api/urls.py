"""Recommendations in the JSON API, under /api/v1/."""

from django.urls import path

from .decisions import AcceptView, DismissView, ImplementView, SnoozeView, UndoView
from .recommendations import RecommendationsView, RecommendationView

ONE = "recommendations/<int:pk>"
urlpatterns = [
    path("recommendations", RecommendationsView.as_view(), name="api-recommendations"),
    path(ONE, RecommendationView.as_view(), name="api-recommendation"),
    path(f"{ONE}/accept", AcceptView.as_view(), name="api-accept"),
    path(f"{ONE}/dismiss", DismissView.as_view(), name="api-dismiss"),
    path(f"{ONE}/snooze", SnoozeView.as_view(), name="api-snooze"),
    path(f"{ONE}/implement", ImplementView.as_view(), name="api-implement"),
    path(f"{ONE}/undo", UndoView.as_view(), name="api-undo"),
]
