-- campaign_hourly: the measures of one campaign (0 = unattributed) in one hour of the reporting zone, on one date basis
-- (0 = send date, 1 = event date).
CREATE TABLE campaign_hourly (
    hour             timestamptz NOT NULL,
    campaign_id      integer  NOT NULL,
    basis            smallint NOT NULL,
    sends            bigint   NOT NULL DEFAULT 0,
    delivered        bigint   NOT NULL DEFAULT 0,
    bounces          bigint   NOT NULL DEFAULT 0,
    opens            bigint   NOT NULL DEFAULT 0,
    unique_opens     bigint   NOT NULL DEFAULT 0,
    machine_opens    bigint   NOT NULL DEFAULT 0,
    clicks           bigint   NOT NULL DEFAULT 0,
    unique_clicks    bigint   NOT NULL DEFAULT 0,
    machine_clicks   bigint   NOT NULL DEFAULT 0,
    unsubscribes     bigint   NOT NULL DEFAULT 0,
    complaints       bigint   NOT NULL DEFAULT 0,
    impressions      bigint   NOT NULL DEFAULT 0,
    conversions      bigint   NOT NULL DEFAULT 0,
    converters       bigint   NOT NULL DEFAULT 0,
    click_converters bigint   NOT NULL DEFAULT 0,
    revenue          numeric  NOT NULL DEFAULT 0,
    refunds          numeric  NOT NULL DEFAULT 0,
    PRIMARY KEY (basis, campaign_id, hour)
) WITH (fillfactor = 80);
CREATE INDEX campaign_hourly_hour ON campaign_hourly (basis, hour);

-- campaign_daily: the same by day of the reporting zone, and what ad platforms report per day.
CREATE TABLE campaign_daily (
    day              date     NOT NULL,
    campaign_id      integer  NOT NULL,
    basis            smallint NOT NULL,
    sends            bigint   NOT NULL DEFAULT 0,
    delivered        bigint   NOT NULL DEFAULT 0,
    bounces          bigint   NOT NULL DEFAULT 0,
    opens            bigint   NOT NULL DEFAULT 0,
    unique_opens     bigint   NOT NULL DEFAULT 0,
    machine_opens    bigint   NOT NULL DEFAULT 0,
    clicks           bigint   NOT NULL DEFAULT 0,
    unique_clicks    bigint   NOT NULL DEFAULT 0,
    machine_clicks   bigint   NOT NULL DEFAULT 0,
    unsubscribes     bigint   NOT NULL DEFAULT 0,
    complaints       bigint   NOT NULL DEFAULT 0,
    impressions      bigint   NOT NULL DEFAULT 0,
    conversions      bigint   NOT NULL DEFAULT 0,
    converters       bigint   NOT NULL DEFAULT 0,
    click_converters bigint   NOT NULL DEFAULT 0,
    revenue          numeric  NOT NULL DEFAULT 0,
    refunds          numeric  NOT NULL DEFAULT 0,
    cost                 numeric NOT NULL DEFAULT 0,
    platform_impressions bigint  NOT NULL DEFAULT 0,
    platform_clicks      bigint  NOT NULL DEFAULT 0,
    platform_conversions bigint  NOT NULL DEFAULT 0,
    PRIMARY KEY (basis, campaign_id, day)
) WITH (fillfactor = 80);
CREATE INDEX campaign_daily_day ON campaign_daily (basis, day);
