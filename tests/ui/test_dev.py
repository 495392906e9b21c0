"""`reelflow dev fakes`: both fake providers by hand, until Ctrl-C."""

import os
import re
import signal
from pathlib import Path

import httpx
import pytest

from tests.program import Reelflow, finish


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_fakes_answer_until_they_are_stopped(how: signal.Signals, quick: Reelflow) -> None:
    quick.environment["PYTHONUNBUFFERED"] = "1"
    process = quick.start("dev", "fakes")
    assert process.stdout is not None
    said = ""
    while "/_bill" not in said:
        line = process.stdout.readline()
        assert line, "the fakes ended by themselves"
        said += line
    addresses = re.findall(r"export REELFLOW_(\w+)_BASE_URL=(http://\S+)", said)

    assert [name for name, _ in addresses] == ["GEMINI", "ELEVENLABS"]
    for _, address in addresses:
        assert httpx.get(f"{address}/_seen", timeout=30).status_code == 200

    if how is signal.SIGINT:
        os.killpg(process.pid, how)  # as a terminal does
    else:
        process.send_signal(how)
    ended = finish(process)
    assert (ended.code, ended.sentence) == (130, "Stopped.")
    for _, address in addresses:
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{address}/_seen", timeout=30)
    assert not quick.home.exists()


def test_without_the_tests_it_says_what_is_missing(
    quick: Reelflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.commands.dev.CHECKOUT", tmp_path)

    ended = quick.call("dev", "fakes")

    assert ended.code == 2
    assert "full checkout" in ended.sentence
