import threading

import pytest

from models.errors import ProviderUnavailable
from tasks.providers.deadline import Deadline


def test_a_call_gives_its_result_and_knows_what_is_left() -> None:
    deadline = Deadline(60, waiting_for="Gemini")
    left_s = deadline.call(lambda left_s: left_s)
    assert 0 < deadline.remaining_s() <= left_s <= 60


def test_a_call_raises_what_it_raises() -> None:
    def fail(_: float) -> None:
        raise KeyError("broken")

    with pytest.raises(KeyError, match="broken"):
        Deadline(60, waiting_for="Gemini").call(fail)


def test_a_call_that_hangs_is_left_behind() -> None:
    release = threading.Event()
    with pytest.raises(ProviderUnavailable, match=r"Gemini did not answer within 0 s\."):
        Deadline(0.1, waiting_for="Gemini").call(lambda _: release.wait(60))
    release.set()


def test_nothing_is_called_after_the_deadline() -> None:
    called: list[float] = []
    with pytest.raises(ProviderUnavailable):
        Deadline(-1, waiting_for="Gemini").call(called.append)
    assert called == []
