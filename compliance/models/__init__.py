from .access import ConsentGrant, PiiAccess
from .alerts import AccessAlert, AccessWatch
from .api_key import ApiKey
from .audit import AuditEntry
from .denial import MetricDenial
from .erasures import LedgerFollowed
from .heartbeat import Heartbeat
from .idempotency import KeptAnswer
from .identity import Identity, IdentityAlias, IdentityField, IdentityKind, MergeDoor, MergeWaiting, Suppression
from .jobs import JobRun, SchedulerTick
from .logged import LoggedRequest
from .notices import ChannelKind, Notice, NoticeChannel, NoticeState
from .requests import DataSubjectRequest, IdentityCheck, LegalHold, Regime, RequestKind, RequestState
from .retention import RetentionSetting
from .reviews import AccessReview, ReviewFinding, ReviewSignature
from .seals import AnchorKind, AuditAnchor, AuditSeal, LogFinding
from .second_factor import SecondFactor
from .session import WebSession
from .totals import JobTotal, LookTotal

__all__ = [
    "AccessAlert",
    "AccessReview",
    "AccessWatch",
    "AnchorKind",
    "ApiKey",
    "AuditAnchor",
    "AuditEntry",
    "AuditSeal",
    "ChannelKind",
    "ConsentGrant",
    "DataSubjectRequest",
    "Heartbeat",
    "Identity",
    "IdentityAlias",
    "IdentityCheck",
    "IdentityField",
    "IdentityKind",
    "JobRun",
    "JobTotal",
    "KeptAnswer",
    "LedgerFollowed",
    "LegalHold",
    "LogFinding",
    "LoggedRequest",
    "LookTotal",
    "MergeDoor",
    "MergeWaiting",
    "MetricDenial",
    "Notice",
    "NoticeChannel",
    "NoticeState",
    "PiiAccess",
    "Regime",
    "RequestKind",
    "RequestState",
    "RetentionSetting",
    "ReviewFinding",
    "ReviewSignature",
    "SchedulerTick",
    "SecondFactor",
    "Suppression",
    "WebSession",
]
