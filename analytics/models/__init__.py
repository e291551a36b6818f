from .alerts import AlertRule, AlertWatch, MarketingAlert, SpendReading
from .arriving import Arrival, HourForecast, MissingCosts, SourceForecast
from .attribution import CampaignAttribution, ContactMonth
from .campaign import Campaign
from .costs import CampaignCost, ColumnMapping, CurrencyRate
from .event import Contact, Engagement, Event, Source, UserAgent
from .freshness import ChangedDay, DataVersion, ViewRefresh
from .hook import Hook
from .inbox import DeadLetterRow, ImportFile, ImportPart, InboxBatch, OtherEvents, SuppressedEvents
from .levels import LevelSlot
from .saved_view import SavedView
from .sources import RejectedItems, SourceDay
from .totals import CampaignDaily, CampaignHourly
from .undo import ImportChange
from .usage import PageSession, PageViews

__all__ = [
    "AlertRule",
    "AlertWatch",
    "Arrival",
    "Campaign",
    "CampaignAttribution",
    "CampaignCost",
    "CampaignDaily",
    "CampaignHourly",
    "ChangedDay",
    "ColumnMapping",
    "Contact",
    "ContactMonth",
    "CurrencyRate",
    "DataVersion",
    "DeadLetterRow",
    "Engagement",
    "Event",
    "Hook",
    "HourForecast",
    "ImportChange",
    "ImportFile",
    "ImportPart",
    "InboxBatch",
    "LevelSlot",
    "MarketingAlert",
    "MissingCosts",
    "OtherEvents",
    "PageSession",
    "PageViews",
    "RejectedItems",
    "SavedView",
    "Source",
    "SourceDay",
    "SourceForecast",
    "SpendReading",
    "SuppressedEvents",
    "UserAgent",
    "ViewRefresh",
]
