"""Paying in processes that are killed at every point, and a look at the books afterwards."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from models.ledger import Reservation, ReservationState
from models.storage import Storage
from tests.tasks.books import half_an_hour_later, lines, state
from tests.tasks.paying import COST, PAID_TWICE, Shop

CHECKOUT = Path(__file__).parents[2]


def run_paying(*arguments: str) -> dict[str, Any]:
    child = subprocess.run(
        [sys.executable, "-m", "tests.tasks.paying", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=CHECKOUT,
        timeout=120,
    )
    assert child.returncode == 0, child.stderr
    told: dict[str, Any] = json.loads(child.stdout)
    return told


def check_kills(shop: Shop, kills: dict[str, str]) -> None:
    """Pays for each fingerprint in a process killed at its point, then again, and looks at the books."""
    place = (str(shop.settings.home_dir), str(shop.profile_id))
    killed = run_paying("crash", *place, *(word for pair in kills.items() for word in pair))
    again = run_paying("crash", *place, *(word for fingerprint in kills for word in (fingerprint, "")))
    half_an_hour_later(shop)

    assert killed["exits"] == [-9] * len(kills)
    assert again["exits"] == [0] * len(kills)
    assert (state(shop).reserved_micro_usd, check_open(shop)) == (0, 0)
    storage = Storage(shop.settings.storage_dir, shop.profile_id)
    for fingerprint, point in kills.items():
        bills, booked = shop.bills(fingerprint), [amount for _, amount in lines(shop, fingerprint)]
        stored = shop.find(fingerprint)
        assert stored is not None
        assert storage.path(stored.storage_key).read_bytes() == fingerprint.encode(), point
        assert bills == (2 if point in PAID_TWICE else 1), point
        assert sum(booked) >= bills * COST, point  # nothing is lost
        # A call killed between its mark and its sending is booked too: nobody can tell the difference.
        assert len(booked) == bills + (point == "after commit 2"), point


def check_open(shop: Shop) -> int:
    with shop.database.profile_session(shop.profile_id, read_only=True) as session:
        return len(
            session.exec(
                select(Reservation).where(
                    col(Reservation.state).in_([ReservationState.HELD, ReservationState.SENT])
                )
            ).all()
        )
