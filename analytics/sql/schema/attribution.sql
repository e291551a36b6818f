-- campaign_attribution: one row is the share of one conversion or refund that one model credits to one campaign
-- (0 = unattributed). Model 0 is last touch, written by the fold, live; one row per conversion, weight 1.
CREATE TABLE campaign_attribution (
    contact_id        bigint      NOT NULL,
    occurred_at       timestamptz NOT NULL,
    event_id          uuid        NOT NULL,
    touch_at          timestamptz,
    touch_event_id    uuid,
    sent_at           timestamptz,
    order_key         bigint,
    campaign_id       integer     NOT NULL,
    named_campaign_id integer     NOT NULL,
    model             smallint    NOT NULL DEFAULT 0,
    type              smallint    NOT NULL,
    touch_type        smallint,
    clicked           boolean     NOT NULL,
    message           text        NOT NULL,
    named_message     text        NOT NULL,
    currency          text        NOT NULL,
    weight            numeric     NOT NULL DEFAULT 1,
    amount            numeric     NOT NULL,
    value             numeric,
    PRIMARY KEY (contact_id, event_id, model, campaign_id),
    CONSTRAINT weight_is_a_share CHECK (weight > 0 AND weight <= 1),
    CONSTRAINT last_touch_credits_whole CHECK (model <> 0 OR weight = 1)
);
-- one last-touch row per conversion: credited + unattributed = revenue, to the cent
CREATE UNIQUE INDEX campaign_attribution_last_touch ON campaign_attribution (contact_id, event_id) WHERE model = 0;
-- the ways to a contact's ledger rows: by time, by order, by the message they are credited to
CREATE INDEX campaign_attribution_contact ON campaign_attribution (contact_id, type, occurred_at) WHERE model = 0;
CREATE INDEX campaign_attribution_order ON campaign_attribution (order_key, contact_id)
    WHERE model = 0 AND order_key IS NOT NULL;
CREATE INDEX campaign_attribution_message
    ON campaign_attribution (campaign_id, contact_id, message, type, occurred_at) WHERE model = 0;
CREATE INDEX campaign_attribution_campaign ON campaign_attribution (campaign_id, occurred_at);
CREATE INDEX campaign_attribution_unconverted ON campaign_attribution (occurred_at) WHERE value IS NULL;

-- contact_month: conversions and revenue of one contact in one month of the reporting zone; cohorts stand on it.
CREATE TABLE contact_month (
    contact_id  bigint  NOT NULL,
    month       date    NOT NULL,
    conversions integer NOT NULL,
    revenue     numeric NOT NULL,
    PRIMARY KEY (contact_id, month)
);
