-- An ordered funnel of three steps: how many people do one thing after another within a window.
--
--   psql "$DATABASE" -f funnel.sql -v step1=signup_completed -v step2=first_video_created -v step3=video_shared
--
-- Other things may be done between two steps. Each first step begins an attempt; a later step continues the most
-- recent attempt that has come to the step before, if its window is still open. A person counts once, as far as
-- they ever got. Since later attempts begin later, "the most recent" is a running maximum: one pass over each
-- person's events, no join of events with events.
\if :{?first} \else \set first 2025-01-01 \endif
\if :{?last} \else \set last 2025-03-31 \endif
\if :{?zone} \else \set zone UTC \endif
\if :{?step1} \else \set step1 signup_completed \endif
\if :{?step2} \else \set step2 first_video_created \endif
\if :{?step3} \else \set step3 video_created \endif
\if :{?window} \else \set window '7 days' \endif

WITH steps AS (
    SELECT
        coalesce(identities.person, events.actor) AS person,
        (timestamptz 'epoch' + events.at_us * interval '1 microsecond') AT TIME ZONE :'zone' AS moment,
        CASE events.event WHEN :'step1' THEN 1 WHEN :'step2' THEN 2 ELSE 3 END AS step,
        events.source,
        events.message_id
    FROM events
    LEFT JOIN identities USING (actor)
    -- Who asks for an event by name means it, though it be passive; bots (flag 2) never count.
    WHERE events.actor <> 0 AND events.type IN ('track', 'page', 'screen') AND events.flags & 2 = 0
        AND events.event IN (:'step1', :'step2', :'step3')
),
asked AS (
    SELECT * FROM steps WHERE moment >= :'first'::date AND moment < :'last'::date + 1
),
-- When the attempt began that each event continues; NULL where there is none or its window is over.
begun AS (
    SELECT *, max(moment) FILTER (WHERE step = 1) OVER so_far AS began
    FROM asked
    WINDOW so_far AS (PARTITION BY person ORDER BY moment, step, source, message_id ROWS UNBOUNDED PRECEDING)
),
second AS (
    SELECT *, CASE WHEN step = 2 AND moment <= began + :'window'::interval THEN began END AS began_2
    FROM begun
),
second_so_far AS (
    SELECT *, max(began_2) OVER so_far AS continued
    FROM second
    WINDOW so_far AS (PARTITION BY person ORDER BY moment, step, source, message_id ROWS UNBOUNDED PRECEDING)
),
furthest AS (
    SELECT
        person,
        max(CASE
            WHEN step = 3 AND moment <= continued + :'window'::interval THEN 3
            WHEN began_2 IS NOT NULL THEN 2
            WHEN step = 1 THEN 1
        END) AS step
    FROM second_so_far
    GROUP BY person
)
SELECT step, (SELECT count(*) FROM furthest WHERE furthest.step >= number.step) AS people
FROM generate_series(1, 3) AS number (step)
ORDER BY step;
