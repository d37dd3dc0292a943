"""Takes in, seals and compacts without end, and prints each batch when it is committed; run by ``test_backup``."""

from itertools import count

import django

django.setup()

from django.db import transaction  # noqa: E402

from analytics.collect.writing import insert_events  # noqa: E402
from analytics.event import EventRow  # noqa: E402
from analytics.store import compact, seal  # noqa: E402

BATCH = 20


def row(number: int) -> EventRow:
    at_us = number * 3_600_000_000
    return EventRow(
        source=1, message_id=str(number), type="track", event="é", at_us=at_us, received_us=at_us, actor=number % 9 + 1
    )


for batch in count():
    with transaction.atomic():
        insert_events([row(number) for number in range(batch * BATCH, (batch + 1) * BATCH)])
    print(batch, flush=True)
    if batch % 5 == 0:
        seal.seal()
    if batch % 25 == 0:
        compact.compact()
