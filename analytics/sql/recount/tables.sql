-- recount_event: the events of the contacts at work; the others hold what the kept tables should hold.
CREATE TEMPORARY TABLE recount_event (
    LIKE event, machine_kept smallint, rules_kept smallint, worth numeric, settled boolean NOT NULL DEFAULT false
) ON COMMIT DROP;
CREATE TEMPORARY TABLE recount_delta (LIKE fold_delta) ON COMMIT DROP;
CREATE TEMPORARY TABLE recount_ledger (LIKE rebuild_ledger) ON COMMIT DROP;
CREATE TEMPORARY TABLE recount_engagement (LIKE rebuild_engagement) ON COMMIT DROP;
CREATE TEMPORARY TABLE recount_contact_month (LIKE rebuild_contact_month) ON COMMIT DROP
