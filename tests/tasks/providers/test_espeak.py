import array
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from models.settings import CHECKOUT
from tasks.providers import espeak


def test_it_starts_without_heavy_modules() -> None:
    # given a fresh interpreter
    code = (
        "import sys, tasks.providers.espeak; "
        "print(sorted({'numpy', 'pydantic', 'av', 'subprocess', 'models'} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"


def test_the_answer_is_one_line_of_json(tmp_path: Path) -> None:
    request = {
        "text": "Hello there",
        "voice": "EN_us",
        "rate": 160,
        "pitch": 50,
        "range": 50,
        "amplitude": 100,
        "wav": str(tmp_path / "a.wav"),
    }
    ended = subprocess.run(
        [sys.executable, "-m", "tasks.providers.espeak"],
        cwd=CHECKOUT,
        input=json.dumps(request).encode(),
        capture_output=True,
        check=True,
    )
    answer = json.loads(ended.stdout)
    assert [position for position, _ in answer["events"]] == [0, 6]
    assert answer["duration_s"] > 0.4
    assert (tmp_path / "a.wav").exists()


def test_its_languages_are_listed_by_name() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tasks.providers.espeak"],
        cwd=CHECKOUT,
        input=b'{"list": true}',
        capture_output=True,
        check=True,
    )
    voices = json.loads(ended.stdout)["voices"]
    assert (voices["de"], voices["fr-fr"]) == ("German", "French (France)")
    assert list(voices) == sorted(voices)


def test_without_any_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    monkeypatch.setattr(espeak, "_SYSTEM_LIBRARIES", ("libespeak-ng-that-is-not-there.so",))
    with pytest.raises(espeak.CannotSpeak, match="install the Python package espeakng-loader") as caught:
        espeak.open_library()
    assert caught.value.kind == "fault"


def test_a_broken_wheel_library_is_a_sentence_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wheel = ModuleType("espeakng_loader")
    wheel.get_library_path = lambda: str(tmp_path / "gone.so")  # type: ignore[attr-defined]
    wheel.get_data_path = lambda: str(tmp_path / "data")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "espeakng_loader", wheel)
    monkeypatch.setattr(espeak, "_SYSTEM_LIBRARIES", ())
    with pytest.raises(espeak.CannotSpeak, match="needs the espeak-ng library"):
        espeak.open_library()


def tone(*parts: tuple[float, int]) -> "array.array[int]":
    """Parts of (seconds, level) at 1000 samples a second."""
    samples: array.array[int] = array.array("h")
    for seconds, level in parts:
        samples.extend([level, -level] * round(seconds * 500))
    return samples


def test_silences_are_found_where_nothing_is_heard() -> None:
    samples = tone((0.2, 0), (0.5, 9000), (0.05, 0), (0.5, 9000), (0.3, 20), (0.1, 9000))
    assert espeak.find_silences(samples, 1000) == [(0, 200), (1250, 1550)]


def test_trim_keeps_a_little_air() -> None:
    samples = tone((0.2, 0), (0.5, 9000), (0.3, 0))
    assert espeak.trim(samples, espeak.find_silences(samples, 1000), 1000) == (170, 820)


def test_silence_alone_and_nothing_are_kept_as_they_are() -> None:
    assert espeak.find_silences(array.array("h"), 1000) == []
    assert espeak.trim(array.array("h"), [], 1000) == (0, 0)
