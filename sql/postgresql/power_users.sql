-- Power users on a day: who did the key action often enough in the 28 days that end with it.
--
--   psql "$DATABASE" -f power_users.sql -v on=2025-03-31 -v cutoff=12 -v key_actions="'video_created'"
--
-- A person is a power user with at least :cutoff key actions and at least 4 active days. The portal works the
-- cut-off out once (the point above which the top 15 % lie) and keeps it, so that the share can move; it stands on
-- the page of the personas' policy. :key_actions is a list of quoted names.
\if :{?on} \else \set on 2025-03-31 \endif
\if :{?zone} \else \set zone UTC \endif
\if :{?cutoff} \else \set cutoff 10 \endif
\if :{?key_actions} \else \set key_actions '''first_video_created'', ''video_created''' \endif

WITH active AS (
    SELECT
        coalesce(identities.person, events.actor) AS person,
        events.event,
        ((timestamptz 'epoch' + events.at_us * interval '1 microsecond') AT TIME ZONE :'zone')::date AS day
    FROM events
    LEFT JOIN identities USING (actor)
    WHERE events.actor <> 0 AND events.type IN ('track', 'page', 'screen') AND events.flags & 3 = 0
)
SELECT
    person,
    count(*) FILTER (WHERE event IN (:key_actions)) AS key_actions,
    count(DISTINCT day) AS active_days
FROM active
WHERE day BETWEEN :'on'::date - 27 AND :'on'::date
GROUP BY person
HAVING count(*) FILTER (WHERE event IN (:key_actions)) >= :cutoff AND count(DISTINCT day) >= 4
ORDER BY key_actions DESC, person;
