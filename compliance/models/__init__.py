from .api_key import ApiKey
from .identity import Identity
from .jobs import JobRun, SchedulerTick

__all__ = ["ApiKey", "Identity", "JobRun", "SchedulerTick"]
