"""The addresses of the project, and a view that does nothing but what every view of the API does."""

from typing import Any

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.api.asking import FiguresView
from config import urls


class EmptyView(FiguresView):
    def get(self, _request: Request, **_parameters: Any) -> Response:
        return Response({})


urlpatterns = [path("api/v1/empty", EmptyView.as_view()), *urls.urlpatterns]
