from .access import ConsentGrant, PiiAccess
from .api_key import ApiKey
from .audit import AuditEntry
from .denial import MetricDenial
from .idempotency import KeptAnswer
from .identity import Identity, Suppression
from .jobs import JobRun, SchedulerTick

__all__ = [
    "ApiKey",
    "AuditEntry",
    "ConsentGrant",
    "Identity",
    "JobRun",
    "KeptAnswer",
    "MetricDenial",
    "PiiAccess",
    "SchedulerTick",
    "Suppression",
]
