-- What a running rebuild has counted so far, beside the totals that readers and folds go on with. All of it is unlogged:
-- after a crash of the database all of it is empty, and the rebuild starts over.

-- rebuild: one row while a rebuild runs: how it cuts, for which days, and up to which contact it has counted.
CREATE UNLOGGED TABLE rebuild (
    time_zone   text        NOT NULL,
    currency    text        NOT NULL,
    window_days smallint    NOT NULL,
    starts_on   date,
    ends_on     date,
    counted_to  bigint,
    events      bigint      NOT NULL DEFAULT 0,
    seen_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- rebuild_touched: the events that a fold counted, before (sign -1) and after (sign 1), of contacts that the rebuild had
-- counted by then; `version` is the fold's data version.
CREATE UNLOGGED TABLE rebuild_touched (
    version     bigint      NOT NULL,
    sign        smallint    NOT NULL,
    contact_id  bigint      NOT NULL,
    campaign_id integer     NOT NULL,
    message     text        NOT NULL,
    type        smallint    NOT NULL,
    occurred_at timestamptz NOT NULL,
    machine     smallint    NOT NULL
);
CREATE INDEX rebuild_touched_contact ON rebuild_touched (contact_id);

-- rebuild_rate: the rates that it values money by.
CREATE UNLOGGED TABLE rebuild_rate (
    currency text    NOT NULL,
    day      date    NOT NULL,
    rate     numeric NOT NULL,
    PRIMARY KEY (currency, day)
);

-- What it counted: summands of totals, their sums, and the rows of contacts as they should be.
CREATE UNLOGGED TABLE rebuild_delta (LIKE fold_delta);
CREATE UNLOGGED TABLE rebuild_hourly (LIKE campaign_hourly INCLUDING ALL);
CREATE UNLOGGED TABLE rebuild_ledger AS
SELECT
    contact_id, event_id, type, occurred_at, named_campaign_id, named_message, order_key, amount, currency, value,
    campaign_id, message, touch_type, touch_at, touch_event_id, sent_at, clicked, value AS value_kept
FROM campaign_attribution LIMIT 0;
CREATE UNLOGGED TABLE rebuild_engagement AS
SELECT
    campaign_id, contact_id, message, sent_at, delivered_at, first_open_at, first_click_at, bounced_at,
    unsubscribed_at, complained_at, first_converted_at, opens, clicks, machine_opens, machine_clicks, impressions,
    conversions
FROM engagement LIMIT 0;
CREATE UNLOGGED TABLE rebuild_contact_month AS SELECT contact_id, month, conversions, revenue FROM contact_month LIMIT 0;
CREATE INDEX rebuild_ledger_contact ON rebuild_ledger (contact_id);
CREATE INDEX rebuild_engagement_contact ON rebuild_engagement (contact_id);
CREATE INDEX rebuild_contact_month_contact ON rebuild_contact_month (contact_id);

-- rebuild_contact: one row is a contact whose rows of the kept table of that name are to be replaced; of '', one that a
-- rebuild of a period has counted.
CREATE UNLOGGED TABLE rebuild_contact (
    kept       text   NOT NULL,
    contact_id bigint NOT NULL,
    PRIMARY KEY (kept, contact_id)
);
