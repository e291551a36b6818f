from .access import ConsentGrant, PiiAccess
from .api_key import ApiKey
from .identity import Identity
from .jobs import JobRun, SchedulerTick

__all__ = ["ApiKey", "ConsentGrant", "Identity", "JobRun", "PiiAccess", "SchedulerTick"]
