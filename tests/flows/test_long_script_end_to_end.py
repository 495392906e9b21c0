"""A script that is spoken in parts and whose pauses are shortened: captions stay with what is heard."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from models.clip import Clip, Export
from models.costs import check_ledger
from models.ledger import CostEntry
from models.voice import VoiceOver
from tests.fakes import elevenlabs_speech
from tests.fakes.elevenlabs_wire import VOICES
from tests.flows.paying_shop import (
    PAID,
    VOICE_ID,
    Brand,
    Shop,
    cue_starts_s,
    found_at,
    open_shop,
    samples,
)

pytestmark = pytest.mark.slow

#: How far a caption may be from where its word is heard.
TOLERANCE_S = 0.06

#: Two parts of at most 200 characters, with pauses of every kind between the words.
LIMIT = 200
SCRIPT = (
    "Fresh tea is here, picked by hand; dried slowly in the mountain air. Each leaf is rolled twice, and "
    "rested for a night. It smells of meadows, of rain... of summer! Pour the water when it is hot: not "
    "boiling. Wait for three minutes; then breathe in, and drink."
)

_RATE = 16_000


@pytest.fixture(scope="module")
def shop(
    tmp_path_factory: pytest.TempPathFactory, prefect_api: str, films: dict[str, Path]
) -> Iterator[Shop]:
    """One installation for the whole module."""
    with open_shop(tmp_path_factory.mktemp("shop"), prefect_api, films["tea"]) as shop:
        yield shop


@pytest.fixture(scope="module")
def brand(shop: Shop) -> Brand:
    """A profile whose one reel speaks the script in parts, with its pauses shortened."""
    brand = shop.brand("long", *PAID, "--characters-per-request", str(LIMIT), "--trim-pauses", "0.15:0.05")
    brand.made(script=SCRIPT)
    return brand


def test_the_script_is_spoken_in_parts_that_know_their_neighbours_and_booked_as_one(brand: Brand) -> None:
    asked = [seen.body for seen in brand.asked(brand.shop.elevenlabs)]
    parts = [body["text"] for body in asked]

    assert " ".join(parts) == SCRIPT
    assert len(parts) == 2
    assert all(len(part) <= LIMIT and part[-1] in ".!?" for part in parts)
    for before, after in pairwise(asked):
        assert before["next_text"] == after["text"]
        assert after["previous_text"] == before["text"]
    (line,) = [line for line in brand.rows(CostEntry) if line.provider == "elevenlabs"]
    assert line.amount_micro_usd == brand.bill_micro_usd()["elevenlabs"] > 0
    assert brand.look(check_ledger) == []


def test_every_caption_begins_where_its_word_is_heard_in_the_finished_file(
    brand: Brand, tmp_path: Path
) -> None:
    """Where a word is heard is asked of the sounds alone: the service's own, found again in the final."""
    spoken, trimmed = brand.rows(VoiceOver)
    edit = brand.rows(Clip)[0].edit
    assert edit["voice"]["voice_over_id"] == str(trimmed.id)
    assert spoken.duration_s - trimmed.duration_s > 0.8, "pauses were shortened, or nothing was tested"
    storage = brand.shop.reelflow.storage(brand.slug)
    final = storage.path(brand.rows(Export)[0].storage_key)

    shown_s = [word["start_s"] + edit["voice"]["start_s"] for word in trimmed.words]

    # Words too short to be read are shown together with the next: "a night."
    texts = [word["text"].split() for word in trimmed.words]
    assert [token for text in texts for token in text] == SCRIPT.split()
    firsts = np.cumsum([0, *map(len, texts)])[:-1]
    heard_s = _heard_s(brand, samples(final, rate=_RATE), tmp_path)
    np.testing.assert_allclose(shown_s, heard_s[firsts], rtol=0, atol=TOLERANCE_S)
    cues_s = cue_starts_s(final.with_suffix(".srt"))
    assert len(cues_s) > 3
    assert all(min(abs(cue_s - word_s) for word_s in heard_s) < TOLERANCE_S for cue_s in cues_s)


def test_a_reel_as_long_as_its_voice_is_not_called_shorter_though_shots_come_again(brand: Brand) -> None:
    told = brand.events(str(brand.last_run().id))

    assert "repeats" in told
    assert "shorter" not in told


def test_the_same_parts_are_paid_for_already_whatever_the_pauses_and_others_are_not(brand: Brand) -> None:
    shop = brand.shop

    def quoted(*options: str) -> int:
        assert shop.call("profile", "set", brand.slug, *options).code == 0
        wanted = ("quote", shop.film, "--profile", brand.slug, "--project", "Tea", "--script", SCRIPT)
        lines = shop.call(*wanted, "--json").document["by_provider"]
        (speech,) = [line for line in lines if line["operation"] == "speech"]
        return int(speech["expected_micro_usd"])

    assert quoted("--trim-pauses", "off") == 0
    assert quoted("--trim-pauses", "0.5:0.2") == 0
    assert quoted("--characters-per-request", str(LIMIT + 100)) > 0
    assert quoted("--characters-per-request", "auto") > 0


def _heard_s(brand: Brand, final: npt.NDArray[np.float64], folder: Path) -> npt.NDArray[np.float64]:
    """When each word of the script is heard: what the service spoke between two pauses, found as a sound."""
    heard_s = []
    for seen in brand.asked(brand.shop.elevenlabs):
        said = elevenlabs_speech.speak(seen.body["text"], VOICES[VOICE_ID][1], 1.0)
        (folder / "part.wav").write_bytes(said.wav)
        part = samples(folder / "part.wav", rate=_RATE)
        for phrase in _phrases(elevenlabs_speech.align(said)):
            begin, end = (round(time_s * _RATE) for time_s in (phrase[0][0], phrase[-1][1]))
            at_s = found_at(part[begin:end], final) / _RATE
            heard_s += [at_s + start_s - phrase[0][0] for start_s, _ in phrase]
    return np.array(heard_s)


def _phrases(alignment: dict[str, Any]) -> list[list[tuple[float, float]]]:
    """Start and end of each word, in groups that no mark and so no pause divides."""
    text = "".join(alignment["characters"])
    starts_s = alignment["character_start_times_seconds"]
    ends_s = alignment["character_end_times_seconds"]
    phrases: list[list[tuple[float, float]]] = [[]]
    for word in re.finditer(r"\S+", text):
        phrases[-1].append((starts_s[word.start()], ends_s[word.end() - 1]))
        if not word[0][-1].isalnum():
            phrases.append([])
    return [phrase for phrase in phrases if phrase]
