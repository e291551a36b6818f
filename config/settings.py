"""Every setting of the installation, read from the environment; with none set it runs on a laptop."""

from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from whitenoise.compress import Compressor

from config import api, environment, secrets
from config.database import logins
from config.embedded import Stack
from config.metrics import processes

environment.load()
processes.install()  # before anything is counted
env = environment.env
BASE_DIR = environment.ROOT
DATA_DIR = environment.data_dir()


def embedded_url(name: str) -> str:
    """The address of a service of ours, empty when another one is given from outside."""
    return next((service.url for service in Stack.of(DATA_DIR).services if service.name == name), "")


def web_database(given: str, owner_url: str) -> str:
    """The same database for the web server, whose role has a password of its own."""
    if not given:
        return logins.web_url(owner_url, secrets.read(DATA_DIR, "POSTGRES_WEB_PASSWORD"))
    if not environment.external_postgres():
        raise ImproperlyConfigured("WEB_DATABASE_URL: goes with DATABASE_URL, whose database it is")
    environment.database("WEB_DATABASE_URL", given)
    return given


# Secrets: generated once into DATA_DIR unless given.
SECRET_KEY = secrets.read(DATA_DIR, "SECRET_KEY")
IDENTITY_KEYS = secrets.read(DATA_DIR, "IDENTITY_KEYS").split(",")  # the first encrypts, all decrypt
HASH_KEY = secrets.read(DATA_DIR, "HASH_KEY")

# What is reported.
REPORTING_TIME_ZONE = environment.time_zone(env.str("REPORTING_TIME_ZONE", default="UTC"))
REPORTING_CURRENCY = environment.currency(env.str("REPORTING_CURRENCY", default="USD"))
ATTRIBUTION_WINDOW_DAYS = environment.whole("ATTRIBUTION_WINDOW_DAYS", 7, most=3_650)
# Alerts: how long events of an hour may take to arrive, and at which hour of the next day the costs of a day are in.
ALERT_WAIT = timedelta(minutes=environment.whole("ALERT_WAIT_MINUTES", 5, least=0))
ALERT_COSTS_IN = environment.whole("ALERT_COSTS_IN_HOUR", 12, least=1, most=23)
DEMO = environment.switch("DEMO", default=True)
# Called with the time, one after the other, once a demo is filled in.
AFTER_DEMO = ["recommendations.demo.past", "recommendations.proposing.propose", "analytics.alerts.watch.watch"]

# Who may ask.
DEBUG = environment.switch("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
LOGIN_URL = "admin:login"
AUTHENTICATION_BACKENDS = ["compliance.signing_in.RoleBackend"]
# Behind a proxy that speaks TLS; whether a request came by it is believed only of a proxy that is trusted to say so.
HTTPS = environment.switch("HTTPS", default=False)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^api/v1/health$", r"^metrics$"]  # asked from within, by plain HTTP
TRUSTED_PROXY = environment.switch("TRUSTED_PROXY", default=False)
if TRUSTED_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# Second factor: asked of everybody who has one, required OFF (of nobody), of PEOPLE (whoever sees people or works on
# their requests, and who changes users), or of ALL.
REQUIRE_SECOND_FACTOR = environment.choice("REQUIRE_SECOND_FACTOR", ("OFF", "PEOPLE", "ALL"), "OFF")
# A session ends when nobody used it for so long, and so long after signing in. Half of a sign-in waits a while, too.
SESSION_IDLE = timedelta(minutes=environment.whole("SESSION_IDLE_MINUTES", 480))
SESSION_WHOLE = timedelta(hours=environment.whole("SESSION_HOURS", 24))
SESSION_UNKNOWN = timedelta(minutes=10)
SESSION_ENGINE = "compliance.sessions"
SESSION_COOKIE_AGE = int(SESSION_WHOLE.total_seconds())
SESSION_COOKIE_HTTPONLY, SESSION_COOKIE_SAMESITE, CSRF_COOKIE_SAMESITE = True, "Lax", "Lax"
# A browser takes a cookie of such a name from this host alone, by HTTPS alone.
_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_PREFIX}sessionid", f"{_PREFIX}csrftoken"
LARGEST_UPLOAD = environment.whole("LARGEST_UPLOAD_MB", 2_000, most=65_536) * 1_000_000  # bytes of a file
# How often a password may be tried, and the API be called.
LOGIN_TRIES = environment.whole("LOGIN_TRIES", 10)  # for one account from one address
LOGIN_TRIES_IN_ALL = environment.whole("LOGIN_TRIES_IN_ALL", 60)  # for one account, and from one address
LOGIN_TRIES_SECONDS = environment.whole("LOGIN_TRIES_SECONDS", 900)
API_CALLS_PER_MINUTE = environment.whole("API_CALLS_PER_MINUTE", 6_000, least=0)  # of each key; 0 for any number
API_KEY_DAYS = environment.whole("API_KEY_DAYS", 365, least=0)  # how long a new key holds; 0 for ever

# Whom the system may call (compliance/outbound.py): these ports, and inside the house these origins.
OUTBOUND_PORTS = environment.wholes("OUTBOUND_PORTS", (443,), most=65_535)
OUTBOUND_ALLOW = environment.origins("OUTBOUND_ALLOW")

# Who looked at whom: what counts as working hours (from and to an hour of the reporting zone, Monday to Friday), and in
# how many days after its end a quarter is to be signed.
WORKING_DAY_BEGINS = environment.whole("WORKING_DAY_BEGINS", 7, least=0, most=23)
WORKING_DAY_ENDS = environment.whole("WORKING_DAY_ENDS", 19, most=24)
REVIEW_DUE_DAYS = environment.whole("REVIEW_DUE_DAYS", 30)
# From how many on looks at people are unusual (compliance/watching/rules.py says of what).
ALERT_CONTACTS = environment.whole("ALERT_CONTACTS", 500)
ALERT_CONTACTS_OUTSIDE = environment.whole("ALERT_CONTACTS_OUTSIDE", 150)
ALERT_REVEALED = environment.whole("ALERT_REVEALED", 20)
ALERT_REFUSED = environment.whole("ALERT_REFUSED", 10)
ALERT_CAMPAIGNS = environment.whole("ALERT_CAMPAIGNS", 12)
ALERT_SAME_CONTACT = environment.whole("ALERT_SAME_CONTACT", 6)
# Where the portal is found, for links in what is sent.
PORTAL_URL = [*environment.origins("PORTAL_URL"), f"http://127.0.0.1:{environment.whole('PORT', 8000, most=65_535)}"][0]
# Who is told of it by mail, and by which server; of neither nobody is.
ALERT_EMAILS = [address.strip() for address in env.list("ALERT_EMAILS", default=[])]
EMAIL_FROM = DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="marketing@localhost")
EMAIL_URL = env.str("EMAIL_URL", default="")
EMAIL_TIMEOUT = 10
globals().update(environment.mail_server(EMAIL_URL))

# What it is made of.
INSTALLED_APPS = [
    "config.apps.Admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "config.apps.StaticFiles",
    "rest_framework",
    "rest_framework_api_key",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "django_celery_beat",
    "django_prometheus",
    "compliance",
    "analytics",
    "recommendations",
    "config.apps.ConfigApp",
]
MIDDLEWARE = [
    "config.levels.Levels",
    "config.metrics.requests.Before",
    "compliance.logs.requests.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.restored.Restored",
    "config.signed_in.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.signed_in.Users",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.errors.Outages",
    "config.errors.Bodies",
    "config.metrics.requests.After",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

# What apps add to the pages of others: tabs, and panels by page.
PAGE_TABS = (("Recommendations", "recommendations:list"),)
PAGE_PANELS = {
    "overview": ("analytics:alerts_panel", "recommendations:top"),
    "campaign": ("recommendations:of_campaign",),
    "health": ("analytics:alerts_panel",),
    "health use": ("recommendations:kept",),
}

# Where data about people may lie, in the order in which it is erased: who they are first (compliance/sources.py).
PERSONAL_DATA_SOURCES = ("compliance.personal_data", "analytics.personal_data", "recommendations.personal_data")

# Where it is kept.
OWNER_DATABASE_URL = env.str("DATABASE_URL", default="") or embedded_url("postgres")
WEB_DATABASE_GIVEN = bool(env.str("WEB_DATABASE_URL", default=""))
WEB_DATABASE_URL = web_database(env.str("WEB_DATABASE_URL", default=""), OWNER_DATABASE_URL)
# The web server logs in as a role that owns nothing (config/database); `manage.py serve` tells it so.
DATABASE_LOGIN = environment.choice("DATABASE_LOGIN", ("OWNER", "WEB"), "OWNER")
DATABASES: dict[str, dict[str, Any]] = {
    "default": environment.database("DATABASE_URL", WEB_DATABASE_URL if DATABASE_LOGIN == "WEB" else OWNER_DATABASE_URL)
}
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
# A server that is away is noticed within seconds, when connecting and while waiting for its answer.
DATABASES["default"]["OPTIONS"] = {
    "options": "-c search_path=public,reporting",
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "tcp_user_timeout": 15_000,
} | DATABASES["default"].get("OPTIONS", {})
BROKER_URL = env.str("BROKER_URL", default="") or environment.redis_database(0) or embedded_url("broker")
CACHE_URL = env.str("CACHE_URL", default="") or environment.redis_database(1) or embedded_url("cache")
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": CACHE_URL,
        "OPTIONS": {
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",  # never pickle: a cache is no code
            "IGNORE_EXCEPTIONS": True,  # without Redis the answer comes from PostgreSQL
            "SOCKET_CONNECT_TIMEOUT": 0.25,
            "SOCKET_TIMEOUT": 0.25,  # one that is frozen is waited for so long, then left alone (analytics/redis.py)
        },
    }
}

# How much of the machine the web server takes: each thread keeps a connection to PostgreSQL.
WEB_WORKERS = environment.whole("WEB_WORKERS", 2)
WEB_THREADS = environment.whole("WEB_THREADS", 4)
# The longest that one statement of a page or of the API may take; jobs and commands take what they need.
WEB_STATEMENT_SECONDS = environment.whole("WEB_STATEMENT_SECONDS", 5)

# After so long a job whose worker was lost is given to another.
JOB_VISIBILITY_SECONDS = environment.whole("JOB_VISIBILITY_SECONDS", 300)
# The longest that a job may take: one that hangs would hold up all others.
JOB_MOST_SECONDS = environment.whole("JOB_MOST_SECONDS", 7200)

# Static files: htmx and plotly.js come out of their packages, so nothing is vendored and no CDN is asked.
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / (env.str("STATIC_ROOT", default="") or DATA_DIR / "static")
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("plotly", Path(str(find_spec("plotly").origin)).parent / "package_data"),  # type: ignore[union-attr]
]
STATIC_MANIFEST = environment.switch("STATIC_MANIFEST", default=not DEBUG)
WHITENOISE_USE_FINDERS = not STATIC_MANIFEST
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "config.apps.CompressedManifest"
        if STATIC_MANIFEST
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
MEDIA_ROOT = DATA_DIR / "files"
# Who was erased, by keyed hash: kept where a backup of the database, put back, does not set it back as well.
ERASURE_LEDGER = BASE_DIR / (env.str("ERASURE_LEDGER", default="") or DATA_DIR / "erasures.jsonl")

# What a browser may do: everything comes from here, nothing is inline.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

# The API.
REST_FRAMEWORK, SPECTACULAR_SETTINGS = api.REST_FRAMEWORK, api.SPECTACULAR_SETTINGS

# What is measured (config/metrics): bounds in seconds, those among them that service levels are about.
PROMETHEUS_LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.04, 0.06, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30, float("inf"))

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.logs.formatter", "form": environment.log_format()}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": environment.choice("LOG_LEVEL", LOG_LEVELS, "INFO")},
    "loggers": {
        "compliance.logs.anchors": {"level": "INFO"},  # its lines are kept, however little others say
        "compliance.subjects.following": {"level": "INFO"},  # these, too
        "celery": {"level": "WARNING"},  # jobs have lines of ours
        "django.server": {"handlers": [], "propagate": True},  # that of `runserver`
    },
}
