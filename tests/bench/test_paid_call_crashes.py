"""A hundred kills in the middle of paid calls: what the ledger says against what the provider billed."""

import sys
from pathlib import Path

import pytest

from models.profiles import create_profile
from models.session import open_database
from models.settings import Settings
from tests.tasks.books import lines
from tests.tasks.kills import check_kills
from tests.tasks.paying import COST, PAID_TWICE, POINTS, Shop

KILLS = 100


@pytest.mark.bench
@pytest.mark.skipif(sys.platform == "win32", reason="forks and SIGKILL")
def test_a_hundred_kills_lose_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kills = {f"{number:064x}": POINTS[number % len(POINTS)] for number in range(KILLS)}
    with open_database(Settings(home=tmp_path / "home")) as database:
        shop = Shop(database, create_profile(database, "Mugs").id)

        check_kills(shop, kills)

        billed = sum(shop.bills(fingerprint) for fingerprint in kills) * COST
        booked = sum(amount for fingerprint in kills for _, amount in lines(shop, fingerprint))
    twice = sum(point in PAID_TWICE for point in kills.values())
    with capsys.disabled():
        print(f"\n{KILLS} kills: billed {billed}, booked {booked}, lost 0, paid twice {twice} (both booked)")
    assert booked >= billed
