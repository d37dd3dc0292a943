"""A process that links many small batches over few ids, as several collectors do at once.

Run as ``python -m tests.people.linker SEED``.
"""

import os
import random
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "productops.settings")

import django

django.setup()

from django.db import transaction  # noqa: E402

from analytics.people.linking import link  # noqa: E402
from tests.people.conftest import START_US, event_row  # noqa: E402

BATCHES = 60


def main(seed: int) -> None:
    choose = random.Random(seed)
    for batch in range(BATCHES):
        rows = []
        for _ in range(choose.randint(1, 8)):
            user, device = f"user-{choose.randrange(12)}", f"device-{choose.randrange(24)}"
            kind = choose.choice(["event", "visitor", "identify", "alias"])
            at_us = START_US + choose.randrange(1_000)
            if kind == "visitor":
                rows.append(event_row(anonymous=device, at_us=at_us))
            elif kind == "alias":
                previous = f"user-{choose.randrange(12)}"
                rows.append(event_row(type="alias", user=user, previous_id=previous, trusted=True, at_us=at_us))
            else:
                traits = {"seed": seed, "batch": batch} if kind == "identify" else None
                account = f"account-{choose.randrange(4)}"
                rows.append(
                    event_row(
                        type="identify" if traits else "track",
                        user=user,
                        anonymous=device,
                        traits=traits,
                        account=account,
                        at_us=at_us,
                    )
                )
        with transaction.atomic():
            link(rows)
            transaction.set_rollback(choose.random() < 0.1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
