"""What this app keeps, column by column, and who owns what may say something of a person."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from compliance.retention import Policy, Rows
from compliance.sources import Counts, Fields, Kind, NotYet, Person, Row, of_kind
from compliance.subjects import search
from compliance.subjects.texts import FreeTexts, SealedTexts, count_named

from . import erasing, redis, reporting
from .changes import changing_figures
from .ingest import batch, waiting
from .levels.keeping import OldSlots
from .models import DeadLetterRow, InboxBatch
from .retention import InactiveContacts

_MEASURES = (
    "sends delivered bounces opens unique_opens machine_opens clicks unique_clicks machine_clicks unsubscribes "
    "complaints impressions conversions converters click_converters revenue refunds"
)
_PLATFORM = "cost platform_impressions platform_clicks platform_conversions"
_RATES = (
    "delivery_rate open_rate click_rate click_to_open_rate conversion_rate click_conversion_rate bounce_rate "
    "unsubscribe_rate complaint_rate net_revenue aov revenue_per_recipient roas roi cpa cpc cpm"
)
_REPORTED = (
    "basis sends delivered bounces opens unique_opens machine_opens clicks unique_clicks machine_clicks conversions "
    "converters revenue attributed_revenue unattributed_revenue attributed_refunds attributed_conversions "
    "attributed_converters refunds unsubscribes complaints impressions cost platform_conversions message_unique_opens "
    "message_unique_clicks message_unsubscribes message_complaints message_revenue message_refunds "
    f"conversion_base {_RATES}"
)
_MOMENTS = "sent_at delivered_at first_open_at first_click_at bounced_at unsubscribed_at complained_at"
_DEEDS = f"{_MOMENTS} opens clicks machine_opens machine_clicks impressions"
_EVENT = (
    "occurred_at received_at import_id campaign_id source_id user_agent_id type machine rules_version flagged currency "
    "amount value"
)
_EVENT_LINKS = "contact_id event_id order_key link network message"
_CREDIT = "occurred_at touch_at sent_at campaign_id named_campaign_id type touch_type clicked currency amount value"
_CREDIT_LINKS = "contact_id event_id touch_event_id order_key message named_message"

VIEWS: dict[str, Fields] = {
    "kpi_metrics_daily_mv": Fields(nothing=f"day {_REPORTED}"),
    "channel_metrics_daily_mv": Fields(nothing=f"day channel {_REPORTED}"),
    "campaign_performance_mv": Fields(nothing=f"campaign_id channel status {_REPORTED}", free="external_id name"),
    "roi_metrics_daily_mv": Fields(
        nothing="basis day campaign_id channel cost attributed_conversions attributed_revenue attributed_refunds "
        "attributed_net_revenue roas roi",
        free="external_id name",
    ),
    "funnel_metrics_mv": Fields(
        nothing="basis campaign_id channel sends delivered unique_opens unique_clicks click_converters "
        "converted_without_click delivered_step_rate opened_step_rate clicked_step_rate converted_step_rate "
        "overall_rate",
        free="external_id name",
    ),
    "engagement_hourly_mv": Fields(
        nothing="basis campaign_id channel hour sends opens unique_opens machine_opens clicks unique_clicks "
        "machine_clicks unsubscribes complaints impressions conversions converters",
        free="external_id",
    ),
    "cohort_retention_mv": Fields(nothing="acquired_month months_since contacts active retention conversions revenue"),
}
# of contacts: what erasing.py gives to nobody
ACTIVITY: dict[str, Fields] = {
    "contact": Fields(nothing="created_at", link="id"),
    "event": Fields(nothing=_EVENT, link=_EVENT_LINKS),
    "event_key": Fields(nothing="occurred_at", link="contact_id event_id"),
    "engagement": Fields(
        nothing=f"{_DEEDS} first_converted_at campaign_id conversions", link="contact_id message"
    ),
    "campaign_attribution": Fields(nothing=f"{_CREDIT} model weight", link=_CREDIT_LINKS),
    "contact_month": Fields(nothing="month conversions revenue", link="contact_id"),
    "fold_staging": Fields(
        nothing="batch_id line occurred_at type campaign_id amount currency user_agent_id flagged", link=_EVENT_LINKS
    ),
    "fold_event": Fields(nothing=f"{_EVENT} machine_before fresh settled batch_id", link=_EVENT_LINKS),
    "fold_large": Fields(nothing="campaign_id brief", link="contact_id message"),
    "fold_message": Fields(nothing=f"sign campaign_id {_DEEDS} acted", link="contact_id message"),
    "fold_credit": Fields(nothing=f"{_CREDIT} version", link=_CREDIT_LINKS),
    "rebuild_touched": Fields(
        nothing="version sign campaign_id type occurred_at machine", link="contact_id message"
    ),
    "rebuild_ledger": Fields(nothing=f"{_CREDIT} value_kept", link=_CREDIT_LINKS),
    "rebuild_engagement": Fields(
        nothing=f"{_DEEDS} first_converted_at campaign_id conversions", link="contact_id message"
    ),
    "rebuild_contact_month": Fields(nothing="month conversions revenue", link="contact_id"),
    "rebuild_contact": Fields(nothing="kept", link="contact_id"),
}  # fmt: skip
TEXTS: dict[str, Fields] = {
    "campaign": Fields(
        nothing="id channel status starts_at ends_at budget currency reports_deliveries is_stub created_at updated_at",
        free="external_id name tags",
    ),
    "campaign_costs": Fields(
        nothing="id campaign_id date amount currency value impressions clicks conversions conversion_fraction "
        "time_zone import_id updated_at",
        free="source item",
    ),
    "column_mapping": Fields(nothing="id kind header used_at", free="mapping reading"),
    "import_file": Fields(
        nothing="id kind fingerprint state lines_done read taken known rejected suppressed totals replaced unreported "
        "size bytes_done started_at asked_at begun_at finished_at",
        staff="uploaded_by_id",
        free="name reason source options",
    ),
    "saved_view": Fields(nothing="id page shared changed_at", staff="owner_id", free="name query"),
    "source": Fields(nothing="id created_at", free="name"),
    "user_agent": Fields(nothing="id is_machine rules_version", free="text"),
}
FIELDS: dict[str, Fields] = {
    **VIEWS,
    **ACTIVITY,
    **TEXTS,
    "dead_letter_row": Fields(
        nothing="id import_file_id line field created_at", free="source_name reason", sealed="content"
    ),
    "import_part": Fields(nothing="id import_file_id number", sealed="content"),
    "inbox": Fields(
        nothing="id received_at source_id import_file_id rows line state attempts failing_since", free="reason",
        packed="payload",
    ),
    "suppressed_events": Fields(nothing="id day source_id events"),
    "hook": Fields(
        nothing="id name provider secret_hash earlier_hash earlier_until made_at last_at", random="key"
    ),
    "other_events": Fields(nothing="id day source_id name events"),
    "alert_rule": Fields(
        nothing="id rule metric channel campaign_id over value span muted changed_at", staff="made_by"
    ),
    "alert_watch": Fields(nothing="id judged_until"),
    "campaign_daily": Fields(nothing=f"day campaign_id basis {_MEASURES} {_PLATFORM} platform_fraction"),
    "campaign_hourly": Fields(nothing=f"hour campaign_id basis {_MEASURES}"),
    "campaign_month": Fields(nothing="campaign_id starts_at ends_at"),
    "changed_day": Fields(nothing="basis day changed_at"),
    "currency_rate": Fields(nothing="id currency day rate"),
    "data_version": Fields(nothing="id version changed_at last_event_at time_zone currency window_days"),
    "fold_delta": Fields(nothing="basis campaign_id hour measure amount"),
    "level_slot": Fields(nothing="series width at counts bad"),
    "marketing_alert": Fields(
        nothing="id rule metric channel campaign_id over parts series since opened_at seen_at closed_at "
        "acknowledged_at snoozed_until",
        staff="acknowledged_by snoozed_by",
    ),
    "page_session": Fields(nothing="day first_at last_at views", staff="visitor"),
    "page_views": Fields(nothing="day page views"),
    "rebuild": Fields(nothing="time_zone currency window_days starts_on ends_on counted_to events seen_at"),
    "rebuild_delta": Fields(nothing="basis campaign_id hour measure amount"),
    "rebuild_hourly": Fields(nothing=f"hour campaign_id basis {_MEASURES}"),
    "rebuild_rate": Fields(nothing="currency day rate"),
    "spend_reading": Fields(nothing="id hour channel spent"),
    "view_refresh": Fields(nothing="name refreshed_at data_version seconds"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inbox:
    """Accepted events that are not counted yet. Those that wait will be in a moment; from dead ones theirs are cut."""

    name: str = "inbox"
    category: str = "events"
    tables: tuple[str, ...] = ("inbox",)

    def export(self, person: Person) -> Iterator[Row]:
        for row in self._theirs(person):
            yield {
                "received at": row.received_at,
                "state": row.state,
                "rows": batch.count_of(bytes(row.payload), person.contact_ids),
            }

    def erase(self, person: Person, at: datetime) -> Counts:
        cut = 0
        for row in self._theirs(person):
            if row.state == InboxBatch.State.WAITING:
                raise NotYet("Events of this person wait to be counted; the fold takes them within seconds.")
            cut += batch.count_of(bytes(row.payload), person.contact_ids)
            rest = batch.without(bytes(row.payload), person.contact_ids)
            if rest.rows:
                InboxBatch.objects.filter(pk=row.pk).update(rows=rest.rows, line=rest.line, payload=rest.payload)
            else:
                row.delete()
        return {"inbox": cut} if cut else {}

    def verify(self, person: Person) -> Counts:
        left = sum(batch.count_of(bytes(row.payload), person.contact_ids) for row in self._theirs(person))
        return {"inbox": left} if left else {}

    def _theirs(self, person: Person) -> Iterator[InboxBatch]:
        for row in InboxBatch.objects.order_by("id").iterator(chunk_size=20) if person.contact_ids else ():
            if batch.count_of(bytes(row.payload), person.contact_ids):
                yield row


@dataclass(frozen=True, slots=True)
class Activity:
    """What they did, under their number. Erased, it is what somebody did, under a new one that leads nowhere."""

    name: str = "activity"
    category: str = "events"
    tables: tuple[str, ...] = tuple(ACTIVITY)

    def export(self, person: Person) -> Iterator[Row]:
        for contact_id in person.contact_ids:
            yield from erasing.deeds(contact_id)

    def erase(self, person: Person, at: datetime) -> Counts:
        counts: Counter[str] = Counter()
        for contact_id in person.contact_ids:
            counts.update(erasing.cut_from_person(contact_id))
        return dict(counts)

    def verify(self, person: Person) -> Counts:
        return erasing.left(person.contact_ids, self.tables)


@dataclass(frozen=True, slots=True)
class Reports:
    """What repeats texts of campaigns: the views, and answers in the cache. Both are made anew."""

    name: str = "reports"
    category: str = "texts"
    tables: tuple[str, ...] = tuple(VIEWS)

    def export(self, person: Person) -> Iterator[Row]:
        return iter(())

    def erase(self, person: Person, at: datetime) -> Counts:
        left = self.verify(person)
        if left:
            with changing_figures(at):
                pass
            with reporting.refreshing(at, at_once=True) as refreshed:
                if refreshed.busy:
                    raise NotYet("Another process refreshes the views.")
        redis.ask(lambda client: client.flushdb())
        return left

    def verify(self, person: Person) -> Counts:
        pattern = search.of_postgres(person.called)
        return count_named(of_kind(VIEWS, Kind.FREE), pattern) if pattern else {}


_REPEATED = of_kind({table: held for table, held in FIELDS.items() if table not in VIEWS}, Kind.FREE)
SOURCES = (
    Inbox(),
    Activity(),
    waiting.UploadedFiles(),
    SealedTexts("rejected", "dead_letter_row", "content"),
    FreeTexts("texts of campaigns", _REPEATED),
    Reports(),
)
POLICIES: tuple[Policy, ...] = (
    InactiveContacts(),
    Rows(
        "rejected rows",
        "what could not be taken in, encrypted, with the reason",
        90,
        "three months: long enough to mend a file and send it again, and nobody mends older ones",
        lambda before: DeadLetterRow.objects.filter(created_at__lt=before),
    ),
    OldSlots(),
)
