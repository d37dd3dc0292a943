"""What people tell on some of their visits: survey answers and support tickets; and what they are told."""

import numpy as np

from analytics.demo import world
from analytics.demo.frames import Vocabulary, frame
from analytics.demo.plan import DAY, HOUR, SECOND
from analytics.demo.population import Population
from analytics.demo.sessions import Visits
from analytics.demo.stories import compact
from analytics.demo.texts import THEMES, write_texts

SURVEYED, ANSWERED, WRITES = 0.025, 0.42, 0.6  # of visits, of the surveyed, of those who answer
TICKETS, NOTIFIED = 0.008, 0.012  # of visits


def voices(population: Population, visits: Visits, properties: Vocabulary) -> list[np.ndarray]:
    """Events around some of the visits, from the same devices."""
    random = population.plan.random("voices")
    member = np.minimum(visits.person, population.signups - 1)
    eligible = (visits.person < population.signups) & (visits.day > population.signup[member] // DAY) & ~visits.second

    def some(share: float) -> np.ndarray:
        return np.flatnonzero(eligible & (random.random(len(eligible)) < share))

    def sent(name: str, at: np.ndarray, visit: np.ndarray, **columns: object) -> np.ndarray:
        person = visits.person[visit]
        defaults = {"device": person, "source": population.platform[person], "known": True}
        return frame(name, np.minimum(at, _day_end(visits, visit)), person, **defaults | columns)

    surveyed, ticketed, notified = some(SURVEYED), some(TICKETS), some(NOTIFIED)
    answered = surveyed[random.random(len(surveyed)) < ANSWERED]
    _, texts, scores = write_texts(len(answered), random)
    written = random.random(len(answered)) < WRITES
    answers = properties.numbers(
        compact(survey="weekly_csat", score=score, **({"text": text} if wrote else {}))
        for text, score, wrote in zip(texts, scores.tolist(), written, strict=True)
    )
    about, complaints, _ = write_texts(len(ticketed), random, tickets=True)
    numbers = random.integers(10**6, 10**7, len(ticketed)).tolist()
    tickets = properties.numbers(
        compact(ticket=f"T{number}", category=THEMES[theme][1], subject=theme.capitalize(), text=text)
        for number, theme, text in zip(numbers, about, complaints, strict=True)
    )
    closed_at = visits.start[ticketed] + (random.exponential(30 * HOUR, len(ticketed))).astype(np.int64) + HOUR
    closings = properties.numbers(compact(ticket=f"T{number}") for number in numbers)
    person = visits.person[ticketed]
    return [
        sent(
            "survey_shown",
            visits.start[surveyed] + 8 * SECOND,
            surveyed,
            properties=properties.number(compact(survey="weekly_csat")),
        ),
        sent("survey_answered", visits.start[answered] + 20 * SECOND, answered, properties=answers, value=scores),
        sent("ticket_opened", visits.start[ticketed] + 90 * SECOND, ticketed, properties=tickets),
        frame("ticket_closed", closed_at, person, source=world.SERVER, known=True, passive=True, properties=closings),
        sent("notification_received", visits.start[notified] - 30 * SECOND, notified, passive=True),
    ]


def _day_end(visits: Visits, visit: np.ndarray) -> np.ndarray:
    return (visits.day[visit] + 1) * DAY - 1
