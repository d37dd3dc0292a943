-- Daily, weekly and monthly active people, and how sticky the product is.
--
--   psql "$DATABASE" -f dau_mau.sql -v first=2025-01-01 -v last=2025-03-31 -v zone=Europe/Berlin
--
-- Active: at least one track, page or screen event that is neither passive (flag 1) nor a bot's (flag 2).
-- People, not devices: identities tells into which person an actor was merged; all others are their own.
-- WAU and MAU count the people of the 7 and 30 days that end with the day. Stickiness is the mean DAU of
-- those 30 days, divided by MAU.
\if :{?first} \else \set first 2025-01-01 \endif
\if :{?last} \else \set last 2025-03-31 \endif
\if :{?zone} \else \set zone UTC \endif

WITH active AS (
    SELECT DISTINCT
        coalesce(identities.person, events.actor) AS person,
        ((timestamptz 'epoch' + events.at_us * interval '1 microsecond') AT TIME ZONE :'zone')::date AS day
    FROM events
    LEFT JOIN identities USING (actor)
    WHERE events.actor <> 0 AND events.type IN ('track', 'page', 'screen') AND events.flags & 3 = 0
),
days AS (
    SELECT day::date FROM generate_series(:'first'::date, :'last'::date, interval '1 day') AS day
)
SELECT
    days.day,
    count(*) FILTER (WHERE active.day = days.day) AS dau,
    count(DISTINCT active.person) FILTER (WHERE active.day > days.day - 7) AS wau,
    count(DISTINCT active.person) AS mau,
    -- Every row is a person on a day: their number is the sum of the 30 DAUs.
    round(count(active.person) / 30.0 / nullif(count(DISTINCT active.person), 0), 6) AS stickiness
FROM days
LEFT JOIN active ON active.day BETWEEN days.day - 29 AND days.day
GROUP BY days.day
ORDER BY days.day;
