-- Which share of the active people uses what, by the event's name.
--
--   psql "$DATABASE" -f feature_adoption.sql -v first=2025-01-01 -v last=2025-03-31
--
-- People count once, however often they used it. To count features of several events, put a CASE that names the
-- feature in place of events.event.
\if :{?first} \else \set first 2025-01-01 \endif
\if :{?last} \else \set last 2025-03-31 \endif
\if :{?zone} \else \set zone UTC \endif

WITH active AS (
    SELECT coalesce(identities.person, events.actor) AS person, events.event AS feature
    FROM events
    LEFT JOIN identities USING (actor)
    WHERE events.actor <> 0 AND events.type IN ('track', 'page', 'screen') AND events.flags & 3 = 0
        AND (timestamptz 'epoch' + events.at_us * interval '1 microsecond') AT TIME ZONE :'zone' >= :'first'::date
        AND (timestamptz 'epoch' + events.at_us * interval '1 microsecond') AT TIME ZONE :'zone' < :'last'::date + 1
)
SELECT
    feature,
    count(DISTINCT person) AS people,
    count(*) AS times,
    round(count(DISTINCT person)::numeric / (SELECT count(DISTINCT person) FROM active), 6) AS share
FROM active
GROUP BY feature
ORDER BY people DESC, feature;
