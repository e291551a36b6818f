-- event: one row is one accepted event. Partitioned by month of occurred_at (UTC); keyed so that it can be distributed
-- by contact_id, and so that the events of one contact and message lie together. Written by the fold alone.
CREATE TABLE event (
    contact_id    bigint      NOT NULL,
    occurred_at   timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    event_id      uuid        NOT NULL,
    order_key     bigint,
    link          bigint,
    network       bigint,
    import_id     bigint,
    campaign_id   integer     NOT NULL,
    source_id     integer     NOT NULL,
    user_agent_id integer,
    type          smallint    NOT NULL,
    machine       smallint    NOT NULL,
    rules_version smallint    NOT NULL,
    flagged       boolean     NOT NULL,
    message       text        NOT NULL,
    currency      text,
    amount        numeric,
    value         numeric,
    PRIMARY KEY (contact_id, campaign_id, message, occurred_at, event_id)
) PARTITION BY RANGE (occurred_at);
-- a contact's human clicks and opens in order of time: what conversions are credited to
CREATE INDEX event_touch ON event (contact_id, type, occurred_at, event_id) WHERE type IN (5, 6) AND machine = 0;

-- event_key: one row per event, whatever its month, so that the look-up of known events stays flat as months pile up.
CREATE TABLE event_key (
    contact_id  bigint      NOT NULL,
    event_id    uuid        NOT NULL,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (contact_id, event_id)
);

-- campaign_month: the months in which a campaign has events, so that looking one contact's up touches only those.
CREATE TABLE campaign_month (
    campaign_id integer     NOT NULL,
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    PRIMARY KEY (campaign_id, starts_at)
);

-- engagement: one row per (campaign, contact, message) of whoever saw it, reacted or left.
CREATE TABLE engagement (
    contact_id         bigint  NOT NULL,
    sent_at            timestamptz,
    delivered_at       timestamptz,
    first_open_at      timestamptz,
    first_click_at     timestamptz,
    bounced_at         timestamptz,
    unsubscribed_at    timestamptz,
    complained_at      timestamptz,
    first_converted_at timestamptz,
    campaign_id        integer NOT NULL,
    opens              integer NOT NULL DEFAULT 0,
    clicks             integer NOT NULL DEFAULT 0,
    machine_opens      integer NOT NULL DEFAULT 0,
    machine_clicks     integer NOT NULL DEFAULT 0,
    impressions        integer NOT NULL DEFAULT 0,
    conversions        integer NOT NULL DEFAULT 0,
    message            text    NOT NULL,
    PRIMARY KEY (campaign_id, contact_id, message)
) WITH (fillfactor = 80);

-- fold_staging: the batches that one fold took, as they came. Emptied by the next fold; real, so that it distributes.
-- COPY brings the batch's id and the columns of `ingest.batch`.
CREATE UNLOGGED TABLE fold_staging (
    batch_id      bigint      NOT NULL DEFAULT current_setting('fold.batch_id')::bigint,
    line          integer     NOT NULL,
    contact_id    bigint      NOT NULL,
    event_id      uuid        NOT NULL,
    occurred_at   timestamptz NOT NULL,
    type          smallint    NOT NULL,
    campaign_id   integer     NOT NULL,
    message       text        NOT NULL,
    order_key     bigint,
    amount        numeric,
    currency      text,
    user_agent_id integer,
    flagged       boolean     NOT NULL,
    link          bigint,
    network       bigint
);

-- fold_event: the events at work in one fold: the fresh ones, and those kept of the same (campaign, contact, message).
-- `machine_before` is the stored class (null for fresh ones), `machine` the one by today's knowledge. A
-- `settled` one is there for its neighbours' sake and keeps its class.
CREATE UNLOGGED TABLE fold_event (
    LIKE event,
    machine_before smallint,
    fresh          boolean NOT NULL,
    settled        boolean NOT NULL DEFAULT false,
    batch_id       bigint
);

-- fold_large: the messages with so many kept events that one fold reads them in brief, unless it must read them whole.
CREATE UNLOGGED TABLE fold_large (
    contact_id  bigint  NOT NULL,
    campaign_id integer NOT NULL,
    message     text    NOT NULL,
    brief       boolean NOT NULL
);

-- fold_message: what the contacts of one fold did with each message, before (sign -1) and after (sign 1).
CREATE UNLOGGED TABLE fold_message (
    sign            smallint NOT NULL,
    contact_id      bigint   NOT NULL,
    campaign_id     integer  NOT NULL,
    message         text     NOT NULL,
    sent_at         timestamptz,
    delivered_at    timestamptz,
    first_open_at   timestamptz,
    first_click_at  timestamptz,
    bounced_at      timestamptz,
    unsubscribed_at timestamptz,
    complained_at   timestamptz,
    opens           integer NOT NULL,
    clicks          integer NOT NULL,
    machine_opens   integer NOT NULL,
    machine_clicks  integer NOT NULL,
    impressions     integer NOT NULL,
    acted           boolean NOT NULL
);

-- fold_credit: the ledger rows at work in one fold, before and after.
CREATE UNLOGGED TABLE fold_credit (
    contact_id        bigint      NOT NULL,
    event_id          uuid        NOT NULL,
    campaign_id       integer     NOT NULL,
    type              smallint    NOT NULL,
    occurred_at       timestamptz NOT NULL,
    message           text        NOT NULL,
    named_campaign_id integer     NOT NULL,
    named_message     text        NOT NULL,
    order_key         bigint,
    touch_type        smallint,
    touch_at          timestamptz,
    touch_event_id    uuid,
    sent_at           timestamptz,
    clicked           boolean     NOT NULL,
    amount            numeric     NOT NULL,
    currency          text        NOT NULL,
    value             numeric,
    version           smallint    NOT NULL -- -1 as booked, 1 as it is now
);

-- fold_delta: what one fold adds to one measure of one campaign in one hour, on one date basis.
CREATE UNLOGGED TABLE fold_delta (
    basis       smallint    NOT NULL,
    campaign_id integer     NOT NULL,
    hour        timestamptz NOT NULL,
    measure     text        NOT NULL,
    amount      numeric     NOT NULL
);
