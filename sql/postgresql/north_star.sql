-- Weekly active collaborative workspaces: accounts in which two or more people were active in the week.
--
--   psql "$DATABASE" -f north_star.sql -v first=2025-01-06 -v last=2025-03-30
--
-- An activity belongs to the account sent with it, else to the one its person had joined last by the end of that
-- day. Weeks begin on Mondays. Rests on user_day (who was active when, and in which account), trait_history (who
-- joined what) and identities, whose days are numbers: days since 1970-01-01 in the project's zone.
\if :{?first} \else \set first 2025-01-06 \endif
\if :{?last} \else \set last 2025-03-30 \endif

WITH joined AS (
    SELECT coalesce(identities.person, history.actor) AS person, history.day, history.at_us, history.account
    FROM (
        -- The comparison guards the cast: of an account the subject is no number.
        SELECT
            CASE WHEN subject_kind = 'actor' THEN subject::bigint END AS actor, day, at_us, value AS account
        FROM trait_history
        WHERE subject_kind = 'actor' AND field = 'account'
    ) AS history
    LEFT JOIN identities USING (actor)
),
days AS (
    SELECT DISTINCT coalesce(identities.person, user_day.actor) AS person, user_day.day, user_day.account
    FROM user_day
    LEFT JOIN identities USING (actor)
    WHERE user_day.active_events > 0
        AND user_day.day BETWEEN :'first'::date - date '1970-01-01' AND :'last'::date - date '1970-01-01'
),
placed AS (
    SELECT
        person,
        date_trunc('week', date '1970-01-01' + day)::date AS week,
        coalesce(nullif(account, ''), (
            SELECT joined.account
            FROM joined
            WHERE joined.person = days.person AND joined.day <= days.day
            ORDER BY joined.at_us DESC, joined.account
            LIMIT 1
        )) AS account
    FROM days
),
members AS (
    SELECT week, account, count(DISTINCT person) AS people
    FROM placed
    WHERE account <> ''
    GROUP BY week, account
)
SELECT week, count(*) AS collaborative_workspaces
FROM members
WHERE people >= 2
GROUP BY week
ORDER BY week;
