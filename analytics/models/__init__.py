from .alerts import AlertRule, AlertWatch, MarketingAlert, SpendReading
from .arriving import Arrival, HourForecast, MissingCosts, SourceForecast
from .attribution import CampaignAttribution, ContactMonth
from .campaign import Campaign
from .costs import CampaignCost, CurrencyRate
from .event import Contact, Engagement, Event, Source, UserAgent
from .freshness import ChangedDay, DataVersion, ViewRefresh
from .hook import Hook
from .inbox import DeadLetterRow, ImportFile, InboxBatch, OtherEvents, SuppressedEvents
from .levels import LevelSlot
from .saved_view import SavedView
from .totals import CampaignDaily, CampaignHourly
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
    "Contact",
    "ContactMonth",
    "CurrencyRate",
    "DataVersion",
    "DeadLetterRow",
    "Engagement",
    "Event",
    "Hook",
    "HourForecast",
    "ImportFile",
    "InboxBatch",
    "LevelSlot",
    "MarketingAlert",
    "MissingCosts",
    "OtherEvents",
    "PageSession",
    "PageViews",
    "SavedView",
    "Source",
    "SourceForecast",
    "SpendReading",
    "SuppressedEvents",
    "UserAgent",
    "ViewRefresh",
]
