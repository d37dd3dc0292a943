-- Monthly recurring revenue and how it moves: new, back again, more, less, gone.
--
--   psql "$DATABASE" -f revenue.sql -v first=2025-01-01 -v last=2025-03-31
--
-- It rests on events subscription_updated with the properties account, status, amount_minor, currency and interval
-- (month or year): the last one up to a month's end says what an account pays then; any other status than active
-- is worth nothing. Amounts are in minor units; of yearly plans a twelfth counts. Each currency stands for itself:
-- no rate is applied. For every currency, mrr = mrr of the month before + new + reactivation + expansion
-- - contraction - churn.
\if :{?first} \else \set first 2025-01-01 \endif
\if :{?last} \else \set last 2025-03-31 \endif
\if :{?zone} \else \set zone UTC \endif

WITH updates AS (
    SELECT
        json ->> 'account' AS account,
        json ->> 'currency' AS currency,
        (timestamptz 'epoch' + at_us * interval '1 microsecond') AT TIME ZONE :'zone' AS moment,
        source,
        message_id,
        CASE
            WHEN json ->> 'status' <> 'active' THEN 0
            WHEN json ->> 'interval' = 'year' THEN (json ->> 'amount_minor')::numeric / 12
            ELSE (json ->> 'amount_minor')::numeric
        END AS worth
    FROM (SELECT *, properties::json AS json FROM events WHERE event = 'subscription_updated') AS events
),
spans AS (
    -- What each update says holds until the next one of the account.
    SELECT *, lead(moment, 1, 'infinity') OVER (
        PARTITION BY account, currency ORDER BY moment, source, message_id
    ) AS until
    FROM updates
),
months AS (
    SELECT month::date, (month + interval '1 month')::timestamp AS ends
    FROM generate_series(
        least(date_trunc('month', :'first'::date), (SELECT date_trunc('month', min(moment)) FROM updates)),
        date_trunc('month', :'last'::date), interval '1 month'
    ) AS month
),
accounts AS (
    SELECT account, currency, min(moment) AS since FROM updates GROUP BY account, currency
),
worths AS (
    SELECT months.month, accounts.account, accounts.currency, coalesce(spans.worth, 0) AS worth
    FROM months
    JOIN accounts ON accounts.since < months.ends
    LEFT JOIN spans ON spans.account = accounts.account AND spans.currency = accounts.currency
        AND spans.moment < months.ends AND spans.until >= months.ends
),
changes AS (
    SELECT
        *,
        lag(worth, 1, 0) OVER so_far AS before,
        coalesce(max(worth) OVER (so_far ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) > 0 AS paid_before
    FROM worths
    WINDOW so_far AS (PARTITION BY account, currency ORDER BY month)
)
SELECT
    month,
    currency,
    round(sum(worth)) AS mrr,
    count(*) FILTER (WHERE worth > 0) AS paying_accounts,
    round(coalesce(sum(worth) FILTER (WHERE before = 0 AND NOT paid_before), 0)) AS new,
    round(coalesce(sum(worth) FILTER (WHERE before = 0 AND paid_before), 0)) AS reactivation,
    round(coalesce(sum(worth - before) FILTER (WHERE before > 0 AND worth > before), 0)) AS expansion,
    round(coalesce(sum(before - worth) FILTER (WHERE worth > 0 AND worth < before), 0)) AS contraction,
    round(coalesce(sum(before) FILTER (WHERE worth = 0), 0)) AS churn
FROM changes
GROUP BY month, currency
HAVING month >= date_trunc('month', :'first'::date)
ORDER BY month, currency;
