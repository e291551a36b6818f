"""How the API is built and described: what no installation changes of Django REST framework and drf-spectacular."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "compliance.api_keys.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["config.throttles.CallsPerMinute"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "analytics.api.problems.handler",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Marketing analytics API",
    "DESCRIPTION": "Campaign figures as JSON: the same that the pages show.",
    "VERSION": "1.0.0",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api",
    "ENUM_NAME_OVERRIDES": {
        "RecommendationState": "recommendations.models.State.values",
        "DsarKind": "compliance.models.RequestKind.values",
        "DsarRegime": "compliance.models.Regime.values",
        "DsarState": "compliance.models.RequestState.values",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "compliance.idempotency.describe",
        "analytics.api.refusals.describe",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False},  # no key in browser storage
}
