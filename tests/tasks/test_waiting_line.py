"""A line across processes: who came first is served first, and the dead are in nobody's way."""

import multiprocessing
import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from tasks.waiting_line import take_place


def test_places_are_served_in_the_order_they_were_taken(tmp_path: Path) -> None:
    first, second, third = (take_place(tmp_path / "line") for _ in range(3))

    assert [place.ahead() for place in (first, second, third)] == [0, 1, 2]
    second.leave()
    assert [place.ahead() for place in (first, third)] == [0, 1]
    first.leave()
    assert third.ahead() == 0
    third.leave()


def test_a_new_place_is_behind_all_others(tmp_path: Path) -> None:
    first, second = take_place(tmp_path), take_place(tmp_path)
    first.leave()

    third = take_place(tmp_path)

    assert (second.ahead(), third.ahead()) == (0, 1)


def test_a_place_left_twice_is_left_once(tmp_path: Path) -> None:
    first, second = take_place(tmp_path), take_place(tmp_path)
    first.leave()
    first.leave()

    assert second.ahead() == 0
    second.leave()
    assert list(tmp_path.glob("*.place")) == []


def test_places_taken_at_the_same_moment_are_all_different(tmp_path: Path) -> None:
    numbers: list[int] = []

    def take() -> None:
        numbers.append(take_place(tmp_path).number)

    threads = [threading.Thread(target=take) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(numbers) == list(range(1, 13))


def _take_and_die(folder: Path) -> None:
    take_place(folder)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(sys.platform == "win32", reason="forks and SIGKILL")
def test_a_killed_process_is_in_nobodys_way(tmp_path: Path) -> None:
    first = take_place(tmp_path)
    killed = multiprocessing.get_context("fork").Process(target=_take_and_die, args=(tmp_path,))
    killed.start()
    killed.join()
    last = take_place(tmp_path)
    assert (killed.exitcode, last.number) == (-signal.SIGKILL, 3)

    assert last.ahead() == 1
    first.leave()
    assert last.ahead() == 0
    assert [path.name for path in tmp_path.glob("*.place")] == ["3.place"]
