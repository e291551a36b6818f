-- recount_event: the events of the contacts at work; the others hold what the kept table of that name should hold.
CREATE TEMPORARY TABLE recount_event (
    LIKE event, machine_kept smallint, rules_kept smallint, worth numeric
) ON COMMIT DROP;
CREATE TEMPORARY TABLE recount_delta (LIKE fold_delta) ON COMMIT DROP;
CREATE TEMPORARY TABLE recount_ledger ON COMMIT DROP AS
SELECT
    contact_id, event_id, type, occurred_at, named_campaign_id, named_message, order_key, amount, currency, value,
    campaign_id, message, touch_type, touch_at, touch_event_id, sent_at, clicked, value AS value_kept
FROM campaign_attribution LIMIT 0;
CREATE TEMPORARY TABLE recount_engagement ON COMMIT DROP AS
SELECT
    campaign_id, contact_id, message, sent_at, first_open_at, first_click_at, bounced_at, unsubscribed_at,
    complained_at, first_converted_at, opens, clicks, machine_opens, machine_clicks, conversions
FROM engagement LIMIT 0;
CREATE TEMPORARY TABLE recount_contact_month ON COMMIT DROP AS
SELECT contact_id, month, conversions, revenue FROM contact_month LIMIT 0
