-- Weekly cohorts: of the people who did something for the first time in a week, how many came back in later weeks.
--
--   psql "$DATABASE" -f retention.sql -v start=signup_completed -v return=video_created
--
-- A cohort is everyone whose first start event ever lies in the week; weeks begin on Mondays. Distance 0 is the
-- cohort's size. A week that isn't over yet can still grow.
\if :{?first} \else \set first 2025-01-01 \endif
\if :{?last} \else \set last 2025-03-31 \endif
\if :{?zone} \else \set zone UTC \endif
\if :{?start} \else \set start signup_completed \endif
\if :{?return} \else \set return video_created \endif

WITH named AS (
    SELECT
        coalesce(identities.person, events.actor) AS person,
        events.event,
        (timestamptz 'epoch' + events.at_us * interval '1 microsecond') AT TIME ZONE :'zone' AS moment
    FROM events
    LEFT JOIN identities USING (actor)
    WHERE events.actor <> 0 AND events.type IN ('track', 'page', 'screen') AND events.flags & 2 = 0
        AND events.event IN (:'start', :'return')
),
cohorts AS (
    SELECT person, date_trunc('week', min(moment))::date AS cohort
    FROM named
    WHERE event = :'start'
    GROUP BY person
    -- From the Monday of the week in which the days begin.
    HAVING min(moment) >= date_trunc('week', :'first'::date) AND min(moment) < :'last'::date + 1
),
returns AS (
    SELECT DISTINCT person, date_trunc('week', moment)::date AS week
    FROM named
    WHERE event = :'return' AND moment < :'last'::date + 1
),
sizes AS (
    SELECT cohort, count(*) AS size FROM cohorts GROUP BY cohort
),
came_back AS (
    SELECT cohorts.cohort, (returns.week - cohorts.cohort) / 7 AS distance, count(*) AS people
    FROM cohorts
    JOIN returns ON returns.person = cohorts.person AND returns.week > cohorts.cohort
    GROUP BY 1, 2
)
SELECT cohort, 0 AS distance, size AS people, 1.0 AS share FROM sizes
UNION ALL
SELECT cohort, distance, people, round(people::numeric / size, 6) FROM came_back JOIN sizes USING (cohort)
ORDER BY cohort, distance;
