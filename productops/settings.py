"""Every setting of an installation, read from the environment.

Unset variables have defaults that work on a laptop. One that can't be read, or that the system
checks in ``productops.lib.checks`` find wrong, stops the start with a sentence that says how to
mend it. ``docs/settings.md`` lists them all.
"""

import os
from pathlib import Path

from productops.lib.environment import Environment

env = Environment(os.environ)
BASE_DIR = Path(__file__).resolve().parent.parent

# --- The installation -------------------------------------------------------------------------
DATA_DIR = env.folder("DATA_DIR", default=BASE_DIR / "data")
PORT = env.number("PORT", default=8000, least=1, most=65_535)
WEB_WORKERS = env.number("WEB_WORKERS", default=2, least=1)
TASK_WORKERS = env.number("TASK_WORKERS", default=2, least=1)
DEBUG = env.switch("DEBUG")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", default=("127.0.0.1", "localhost", "[::1]"))
CSRF_TRUSTED_ORIGINS = [f"https://{'*' * host.startswith('.')}{host}" for host in ALLOWED_HOSTS if host != "*"]
TRUSTED_PROXIES = env.words("TRUSTED_PROXIES")


def secret_key() -> str:
    """The installation's own key: from the environment, or made once and kept in the data directory."""
    from productops.lib.secret import kept_secret

    return env.text("SECRET_KEY") or kept_secret(DATA_DIR / "secret_key")


SECRET_KEY = secret_key()

# --- Where things are kept --------------------------------------------------------------------
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
        "PRAGMA temp_store=MEMORY;PRAGMA mmap_size=134217728;PRAGMA cache_size=-16000"
    ),
}
# Under ASGI each request has a thread of its own, so that a connection can't be kept with the thread.
POSTGRES_OPTIONS = {"pool": {"min_size": 1, "max_size": 16, "timeout": 10}}
DATABASE = env.database("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'portal.sqlite3'}")
ON_SQLITE = DATABASE["ENGINE"].endswith("sqlite3")
DATABASE["OPTIONS"] = DATABASE.get("OPTIONS", {}) | (SQLITE_OPTIONS if ON_SQLITE else POSTGRES_OPTIONS)
DATABASES = {"default": DATABASE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# "segments" keeps events as Parquet files under DATA_DIR and reads them with DuckDB in-process.
EVENTS_URL = env.text("EVENTS_URL", default="segments://")
# `manage.py serve` sets REDIS_URL itself, from an embedded Redis, when none is given.
REDIS_URL = env.text("REDIS_URL")
IN_REDIS = {"BACKEND": "productops.lib.cache.RedisOrMemory", "LOCATION": REDIS_URL}
IN_PROCESS = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
CACHES = {"default": IN_REDIS if REDIS_URL else IN_PROCESS}
# Celery has a scheme of its own for a Redis behind a Unix socket.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)

# --- Limits of collecting ---------------------------------------------------------------------
# Events that may wait to be sealed; beyond it clients are told to come back later.
INBOX_LIMIT = env.number("INBOX_LIMIT", default=2_000_000, least=1)
# What one web process takes; 0: without a limit.
COLLECT_RATE_PER_SOURCE = env.number("COLLECT_RATE_PER_SOURCE", default=20_000)  # events a second
COLLECT_RATE_PER_IP = env.number("COLLECT_RATE_PER_IP", default=1_000)  # requests a second

# --- Limits of a query ------------------------------------------------------------------------
QUERY_PROCESSES = env.number("QUERY_PROCESSES", default=1)  # 0: in the asking process
QUERY_SECONDS = env.number("QUERY_SECONDS", default=60, least=1)
QUERY_MEMORY_MB = env.number("QUERY_MEMORY_MB", default=1400, least=1)
QUERY_THREADS = env.number("QUERY_THREADS", default=2, least=1)

# --- The calendar -----------------------------------------------------------------------------
# Django itself works in UTC; TIME_ZONE is the project's zone, in which days begin and end.
PROJECT_TIME_ZONE = env.text("TIME_ZONE", default="UTC")
TIME_ZONE = "UTC"
USE_TZ = True
WEEK_START = env.number("WEEK_START", default=0, most=6)  # 0 is Monday, as in datetime.weekday()
LANGUAGE_CODE = "en"
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]

# --- The application --------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "productops.lib",
    "productops.pages",
    "analytics",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "productops.pages.middleware.UnansweredQuestions",
]
ROOT_URLCONF = "productops.urls"
ASGI_APPLICATION = "productops.asgi.application"
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
                "productops.pages.context.shell",
            ],
            "builtins": [f"productops.lib.templatetags.{name}" for name in ("figures", "drawings", "components")],
        },
    }
]
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- People who log in ------------------------------------------------------------------------
AUTH_USER_MODEL = "lib.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
# A lock counts one name from one address, so that a stranger can't lock a colleague out.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "productops.lib.addresses.client_of"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_VERBOSE = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
HTTPS = env.switch("HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# Subdomains and browsers' preload lists are not one installation's to decide about.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Mail -------------------------------------------------------------------------------------
vars().update(env.mail("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", default="portal@localhost")

# --- The API ----------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "productops.lib.tokens.BearerTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["productops.lib.roles.IsViewer"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "productops.lib.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": env.rate("API_RATE", default="600/min")},
    "EXCEPTION_HANDLER": "productops.lib.problems.problem_response",
    "PAGE_SIZE": 100,
    "URL_FORMAT_OVERRIDE": None,  # ?format= is ours: it also streams CSV and Parquet
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Product-ops portal",
    "DESCRIPTION": "Rollups, analyses and people of one installation.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "productops.lib.openapi.describe_problems",
    ],
    "ENUM_NAME_OVERRIDES": {
        "AnalysisKindEnum": "analytics.explore.analyses.KINDS",
        "AnnotationKindEnum": "analytics.explore.models.Annotation.Kind",
        "GrainEnum": "analytics.metrics.calendar.GRAINS",
        "GrainOrHourEnum": "analytics.explore.periods.GRAINS",
        "OperatorEnum": "analytics.explore.conditions.OPERATORS",
        "OccurrencesOperatorEnum": "analytics.explore.kinds.stickiness.OPERATORS",
        "SegmentKindEnum": "analytics.explore.models.PeopleSegment.Kind",
    },
    "SERVE_PERMISSIONS": ["productops.lib.roles.IsViewer"],
}

# --- Logs: never a body, a header or a key ------------------------------------------------------
LOG_LEVEL = env.choice("LOG_LEVEL", default="INFO", of=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {"axes": {"level": "WARNING"}, "granian.access": {"level": "WARNING"}},
}
