"""Captions of the footage's own speech: heard once, shown where it is heard, through cuts and renders."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from models.clip import Clip, Export
from models.costs import check_ledger
from models.edit import CaptionStyle, Edit, OwnSpeech
from models.footage import Footage
from models.ledger import CostEntry
from models.prices import PriceTable, transcription_cost
from models.run import RunState
from models.tenant import now_utc
from models.transcript import StoredTranscript
from tests.films import make_film
from tests.flows.paying_shop import VOICE_ID, Brand, Shop, open_shop, samples
from tests.program import Ended

pytestmark = pytest.mark.slow

#: How far a caption may be from where its word is heard.
TOLERANCE_S = 0.06

#: One "word" of 0.4 s in every 1.25 s, each at a pitch of its own: the first at 400 Hz, then 200 Hz more.
_EVERY_S, _FIRST_HZ, _STEP_HZ = 1.25, 400, 200
WORDS = "aevalsrc='0.4*between(mod(t,1.25),0.4,0.8)*sin(2*PI*t*(400+200*floor(t/1.25)))':s=48000"

SPEAKS = ("--voice-provider", "elevenlabs", "--voice", VOICE_ID)

_RATE = 16_000


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, prefect_api: str) -> Iterator[Shop]:
    """One installation for the whole module, with a film of ten seconds in which eight words are said."""
    folder = tmp_path_factory.mktemp("shop")
    film = make_film(folder / "talk.mp4", scenes=(0, 1, 2, 3), sound=WORDS)
    with open_shop(folder, prefect_api, film) as shop:
        yield shop


def wishes(brand: Brand, *options: object) -> tuple[object, ...]:
    return (
        *("make", brand.shop.film, "--profile", brand.slug, "--project", "Talk", "--variants", 1),
        *("--duration", 4, "--preset", "square", "--seed", 1, "--json", *options),
    )


def make(brand: Brand, *options: object) -> Ended:
    return brand.shop.call(*wishes(brand, *options))


def made(brand: Brand, *options: object) -> dict[str, Any]:
    ended = make(brand, *options)
    assert ended.code == 0, ended.err
    return ended.document


def rendered(brand: Brand, clip_id: str, *options: object) -> dict[str, Any]:
    wanted = ("clip", "render", clip_id, "--profile", brand.slug, "--preset", "square", "--json")
    ended = brand.shop.call(*wanted, *options)
    assert ended.code == 0, ended.err
    return {**ended.document, "clips": [ended.document["clip"]]}


def final_of(document: dict[str, Any]) -> Path:
    return Path(document["clips"][0]["exports"][0]["path"])


@pytest.fixture(scope="module")
def talk(shop: Shop) -> tuple[Brand, dict[str, Any]]:
    """A profile with an ElevenLabs voice, and the first reel it made without a script."""
    brand = shop.brand("talk", *SPEAKS)
    return brand, made(brand)


def test_captions_begin_where_each_word_is_heard_in_the_finished_file(
    talk: tuple[Brand, dict[str, Any]],
) -> None:
    brand, document = talk
    final = final_of(document)
    cues = _cues(final.with_suffix(".srt"))
    heard = _heard(final)

    # Given by their pitch, the very words that are heard have captions, in the order of the cuts.
    assert len(cues) >= 3
    assert [word for word, _ in cues] == [word for word, _ in heard]
    for (word, caption_s), (_, sound_s) in zip(cues, heard, strict=True):
        assert caption_s == pytest.approx(sound_s, abs=TOLERANCE_S), word
    assert len(brand.edit(document)["cuts"]) > 1, "a clip of several cuts, or nothing was tested"
    checks = {check["name"] for check in brand.rows(Export)[0].quality["checks"]}
    assert "captions inside the safe zone and the file" in checks, "they are burned in as well"


def test_the_transcript_is_bought_once_booked_and_named(talk: tuple[Brand, dict[str, Any]]) -> None:
    brand, document = talk
    (line,) = brand.rows(CostEntry)
    (transcript,) = brand.rows(StoredTranscript)
    price = PriceTable.load().transcription_price_for("scribe_v2", now_utc().date())

    assert line.amount_micro_usd == transcription_cost(price, duration_s=transcript.audio_s) > 0
    assert (line.provider, line.model, line.operation) == ("elevenlabs", "scribe_v2", "transcription")
    assert line.project_id == UUID(document["project_id"])
    assert brand.edit(document)["speech"]["heard"][0]["transcript_id"] == str(transcript.id)
    (named,) = brand.manifest(document)["speech"]
    assert (named["provider"], named["model"]) == ("elevenlabs", "scribe_v2")
    assert (named["words"], named["cost_micro_usd"]) == (8, line.amount_micro_usd)
    assert brand.manifest(document)["costs"]["total_micro_usd"] == line.amount_micro_usd
    assert brand.look(check_ledger) == []
    assert document["warnings"] == []


def test_another_look_or_order_is_rendered_without_paying(talk: tuple[Brand, dict[str, Any]]) -> None:
    brand, document = talk
    clip_id = document["clips"][0]["clip_id"]
    before = [word for word, _ in _cues(final_of(document).with_suffix(".srt"))]
    assert (
        rendered(brand, clip_id)["clip"]["exports"][0]["export_id"]
        == (document["clips"][0]["exports"][0]["export_id"])
    ), "the same edit is the same final"
    with brand.shop.reelflow.database() as database, database.profile_session(brand.id) as session:
        clip = session.require(Clip, UUID(clip_id))
        edit = Edit.model_validate(clip.edit)
        changed = {"captions": CaptionStyle(words_per_page=1), "cuts": edit.cuts[::-1]}
        clip.edit = edit.model_copy(update=changed).model_dump(mode="json")

    final = final_of(rendered(brand, clip_id))

    cues, heard = _cues(final.with_suffix(".srt")), _heard(final)
    assert [word for word, _ in cues] == [word for word, _ in heard] != before
    assert [moment for _, moment in cues] == pytest.approx([moment for _, moment in heard], abs=TOLERANCE_S)
    assert len(brand.asked(brand.shop.elevenlabs)) == 1


def test_who_can_not_have_captions_is_told_what_to_do_before_anything_is_made(shop: Shop) -> None:
    brand = shop.brand("offline")

    refused = make(brand, "--captions", "speech")
    both = make(brand, "--captions", "speech", "--script", "Tea.")

    assert (refused.code, both.code) == (2, 2)
    assert "reelflow profile set offline --voice-provider elevenlabs" in refused.sentence
    assert "A script brings its own captions" in both.sentence
    assert brand.calls == 0
    assert brand.rows(Footage) == []


def test_a_limit_that_is_too_low_stops_the_run_before_the_call(shop: Shop) -> None:
    brand = shop.brand("careful", *SPEAKS)

    ended = make(brand, "--max-cost", "0.0001")

    assert ended.code == 4
    assert brand.calls == 0
    assert brand.last_run().state is RunState.FAILED
    assert brand.look(check_ledger) == []


def test_an_archive_and_a_new_draft_have_the_words_that_were_heard_since(
    talk: tuple[Brand, dict[str, Any]],
) -> None:
    from flows.recut_drafts import recut_drafts

    brand, document = talk
    clip_id = document["clips"][0]["clip_id"]
    before = brand.rows(Clip)[0]
    paid = len(brand.asked(brand.shop.elevenlabs))

    def forget() -> None:
        with brand.shop.reelflow.database() as database, database.profile_session(brand.id) as session:
            clip = session.require(Clip, UUID(clip_id))
            edit = Edit.model_validate(clip.edit).model_copy(update={"speech": OwnSpeech()})
            clip.edit, clip.draft_fingerprint = edit.model_dump(mode="json"), edit.fingerprint

    # given a clip whose footage had not been listened to when its draft was cut
    forget()
    exported = brand.shop.call(
        *("clip", "export", clip_id, "--profile", brand.slug, "--preset", "square", "--json")
    )
    assert exported.code == 0, exported.err
    with zipfile.ZipFile(exported.document["archive"]["path"]) as archive:
        assert [name for name in archive.namelist() if name.endswith(".srt")]
    assert brand.rows(Clip)[0].edit == before.edit

    forget()
    recut = recut_drafts(brand.id, [UUID(clip_id)], preset="square")

    assert recut.clip_ids == [UUID(clip_id)]
    assert brand.rows(Clip)[0].edit == before.edit
    assert "transcript_reused" in brand.events(str(recut.run_id))
    assert len(brand.asked(brand.shop.elevenlabs)) == paid


def test_captions_can_be_left_out_and_asked_for_later(shop: Shop) -> None:
    """Last in this file: after a run that failed, only another run lets this process use ffmpeg again."""
    brand = shop.brand("later", *SPEAKS)
    document = made(brand, "--captions", "none")
    clip_id = document["clips"][0]["clip_id"]
    assert brand.edit(document)["speech"] is None
    assert not final_of(document).with_suffix(".srt").exists()
    assert brand.manifest(document)["speech"] is None
    assert final_of(rendered(brand, clip_id)) == final_of(document), (
        "without a wish captions stay as they are"
    )
    assert brand.calls == 0

    with_captions = rendered(brand, clip_id, "--captions", "speech")
    without = rendered(brand, clip_id, "--captions", "none")

    assert len(brand.asked(shop.elevenlabs)) == 1
    assert _cues(final_of(with_captions).with_suffix(".srt"))
    assert final_of(without) == final_of(document), "the first final is found again"


def _cues(srt: Path) -> list[tuple[str, float]]:
    """Each caption's text and start; here a caption is a word."""
    cues = []
    for block in srt.read_text(encoding="utf-8").strip().split("\n\n"):
        _, times, text = block.split("\n")
        hours, minutes, seconds = times.split(" --> ")[0].split(":")
        cues.append((text, int(hours) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))))
    return cues


def _heard(final: Path) -> list[tuple[str, float]]:
    """The words of a finished file by their pitch, and when each begins: nothing but its sound is used."""
    sound = samples(final, rate=_RATE)
    loud = np.abs(sound) > 0.2 * np.abs(sound).max()
    # A word has begun where it gets loud after a twentieth of a second of quiet, or at a cut's new pitch.
    block = _RATE // 50
    pitches = [_word(sound[at : at + block], loud[at : at + block]) for at in range(0, len(sound), block)]
    found: list[tuple[str, float]] = []
    for position, word in enumerate(pitches):
        if word and (position == 0 or pitches[position - 1] != word):
            found.append((word, position * block / _RATE))
    return found


def _word(sound: np.ndarray[Any, Any], loud: np.ndarray[Any, Any]) -> str:
    """Name of the word that is heard for most of a stretch of sound; empty for none."""
    if len(sound) < 2 or loud.mean() < 0.3:
        return ""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 8 * len(sound)))
    hertz = float(np.argmax(spectrum)) * _RATE / (8 * len(sound))
    return f"word{round((hertz - _FIRST_HZ) / _STEP_HZ) + 1}"
