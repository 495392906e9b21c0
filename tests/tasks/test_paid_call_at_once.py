"""Threads and processes that want the same thing, and processes that are killed: paid once, nothing lost."""

import dataclasses
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from models.errors import PaymentUnderWay
from models.ledger import EntryKind
from tasks.paid_call import pay_once
from tests.tasks.books import F, lines
from tests.tasks.kills import check_kills, run_paying
from tests.tasks.paying import COST, POINTS, Shop

#: A hundred are in `tests.bench.test_paid_call_crashes`.
KILLS_PER_POINT = 3


def test_threads_that_want_the_same_thing_pay_once(shop: Shop) -> None:
    # pitfall 14
    shops = [Shop(shop.database, shop.profile_id, slowness_s=0.2) for _ in range(4)]
    reused: list[bool] = []
    threads = [
        threading.Thread(target=lambda each=each: reused.append(each.pay(F).is_reused)) for each in shops
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(reused) == [False, True, True, True]
    assert shop.bills(F) == 1


def test_who_waits_too_long_is_told(shop: Shop) -> None:
    def ask_again() -> bytes:
        with pytest.raises(PaymentUnderWay, match="paying for the same speech for 0 s"):
            pay_once(Shop(shop.database, shop.profile_id), shop.purchase(F), wait_s=0)
        return b"answer"

    thread_errors: list[BaseException] = []

    def in_a_thread() -> bytes:
        thread = threading.Thread(target=lambda: thread_errors.append(_outcome(ask_again)))
        thread.start()
        thread.join()
        return b"answer"

    pay_once(shop, dataclasses.replace(shop.purchase(F), call=in_a_thread))

    assert thread_errors == [None]


def _outcome(action: Callable[[], Any]) -> Any:
    try:
        action()
    except BaseException as error:
        return error
    return None


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_processes_that_want_the_same_thing_pay_once(shop: Shop) -> None:
    # pitfall 14
    told = run_paying("race", str(shop.settings.home_dir), str(shop.profile_id), F, "4")

    assert told["exits"] == [0] * 4
    assert sorted(told["answers"]) == [[False, COST], [True, 0], [True, 0], [True, 0]]
    assert shop.bills(F) == 1
    assert lines(shop) == [(EntryKind.CHARGE, COST)]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="forks and SIGKILL")
def test_killed_anywhere_no_cost_is_lost(shop: Shop) -> None:
    # pitfall 69
    check_kills(shop, {f"{number:064x}": point for number, point in enumerate(POINTS * KILLS_PER_POINT)})
