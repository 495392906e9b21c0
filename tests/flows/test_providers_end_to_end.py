"""Reels made with paid providers: the real flows and SDKs against local services that keep bills."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.clip import Clip, Export
from models.costs import check_ledger
from models.ledger import OPEN_STATES, CostEntry, EntryKind, Reservation, ReservationState
from models.money import dollars
from models.prices import PriceTable, elevenlabs_cost
from models.run import EventLevel, RunState
from models.tenant import now_utc
from models.voice import VoiceOver
from tasks.voice import LEAD_S
from tests.fakes import elevenlabs_speech
from tests.fakes.elevenlabs_wire import VOICES
from tests.flows.paying_shop import (
    GEMINI_MODEL,
    PAID,
    SCRIPT,
    VOICE_ID,
    VOICE_MODEL,
    Brand,
    Shop,
    cue_starts_s,
    found_at,
    open_shop,
    samples,
)
from tests.program import finish
from tests.secret_hunt import hunt

pytestmark = pytest.mark.slow

#: How far a word may be from where it is heard.
TOLERANCE_S = 0.06

_RATE = 8000


@pytest.fixture(scope="module")
def shop(
    tmp_path_factory: pytest.TempPathFactory, prefect_api: str, films: dict[str, Path]
) -> Iterator[Shop]:
    """One installation for the whole module."""
    with open_shop(tmp_path_factory.mktemp("shop"), prefect_api, films["tea"]) as shop:
        yield shop


@pytest.fixture(scope="module")
def paid(shop: Shop) -> Brand:
    """A profile that has made its first reels with both services."""
    brand = shop.brand("paid", *PAID)
    brand.made(variants=2)
    return brand


@pytest.fixture(autouse=True)
def _no_fault_left_over(shop: Shop) -> Iterator[None]:
    yield
    for server in (shop.gemini, shop.elevenlabs):
        server.fail_always(None)


def test_only_settings_tell_free_reels_from_paid_ones(shop: Shop) -> None:
    brand = shop.brand("both")
    free = brand.made()
    assert (brand.calls, brand.bought()) == (0, brand.rows(VoiceOver))
    assert shop.call("profile", "set", brand.slug, *PAID).code == 0

    bought = brand.made()

    assert free.keys() == bought.keys()
    assert free["project_id"] == bought["project_id"]
    before, after = brand.manifest(free), brand.manifest(bought)
    assert before.keys() == after.keys()
    assert (before["analyser"], before["costs"]["total_micro_usd"]) == (
        {"provider": "offline", "model": "measured"},
        0,
    )
    assert after["analyser"] == {
        "provider": "gemini",
        "model": GEMINI_MODEL,
        "prompt_version": "segments-1",
        "media_resolution": "low",
    }
    assert [one["voice"]["provider"] for one in (before, after)] == ["offline", "elevenlabs"]
    assert (after["voice"]["model"], after["voice"]["voice"]) == (VOICE_MODEL, VOICE_ID)
    same = ("preset", "sources", "versions", "project", "seed")
    assert {name: before[name] for name in same} == {name: after[name] for name in same}
    edits = brand.edit(free), brand.edit(bought)
    assert edits[0]["captions"] == edits[1]["captions"]
    assert edits[0]["script"] == edits[1]["script"] == SCRIPT


def test_every_cost_is_booked_to_the_micro_dollar_where_it_belongs(paid: Brand) -> None:
    lines = paid.rows(CostEntry)
    run = paid.last_run()

    assert {(line.provider, line.model, line.operation) for line in lines} == {
        ("gemini", GEMINI_MODEL, "analysis"),
        ("elevenlabs", VOICE_MODEL, "speech"),
    }
    assert {line.run_id for line in lines} == {run.id}
    assert {line.project_id for line in lines} == {run.project_id}
    assert {line.kind for line in lines} == {EntryKind.CHARGE}
    assert all(line.price_id for line in lines)
    booked = paid.booked_micro_usd()
    assert booked == paid.bill_micro_usd()
    assert all(booked.values())
    assert {row.state for row in paid.rows(Reservation)} == {ReservationState.SETTLED}
    assert paid.look(check_ledger) == []
    for export in paid.rows(Export):
        costs = export.manifest["costs"]
        assert costs["run_id"] == str(run.id)
        assert costs["total_micro_usd"] == sum(booked.values())
        assert {line["operation"]: line["amount_micro_usd"] for line in costs["lines"]} == {
            "speech": booked["elevenlabs"],
            "analysis": booked["gemini"],
        }


def test_captions_say_each_word_when_it_is_heard(paid: Brand) -> None:
    said = elevenlabs_speech.speak(SCRIPT, VOICES[VOICE_ID][1], 1.0)
    alignment = elevenlabs_speech.align(said)
    starts_s = alignment["character_start_times_seconds"]
    heard_s = [
        start_s + LEAD_S
        for index, start_s in enumerate(starts_s)
        if not SCRIPT[index].isspace() and (index == 0 or SCRIPT[index - 1].isspace())
    ]
    (voice,) = paid.rows(VoiceOver)
    edit = paid.rows(Clip)[0].edit

    shown_s = [word["start_s"] + edit["voice"]["start_s"] for word in voice.words]

    assert [word["text"] for word in voice.words] == SCRIPT.split()
    np.testing.assert_allclose(shown_s, heard_s, rtol=0, atol=TOLERANCE_S)
    storage = paid.shop.reelflow.storage(paid.slug)
    final = storage.path(paid.rows(Export)[0].storage_key)
    delay = found_at(samples(storage.path(voice.storage_key), rate=_RATE), samples(final, rate=_RATE))
    assert delay / _RATE == pytest.approx(LEAD_S, abs=TOLERANCE_S)
    cues_s = cue_starts_s(final.with_suffix(".srt"))
    assert cues_s
    assert all(min(abs(cue_s - word_s) for word_s in heard_s) < TOLERANCE_S for cue_s in cues_s)


def test_what_was_bought_is_never_bought_again(shop: Shop, paid: Brand) -> None:
    calls, kept = paid.calls, {row.id for row in paid.bought()}

    again = paid.made(variants=2)

    told = paid.events(again["run_id"])
    assert told["voice_reused"].message.endswith("reused, $0.00.")
    assert told["analysis_done"].message.endswith("reused, $0.00.")
    assert paid.manifest(again)["costs"] == {"run_id": again["run_id"], "total_micro_usd": 0, "lines": []}
    assert paid.manifest(again)["analyser"]["provider"] == "gemini"
    with shop.reelflow.database() as database, database.profile_session(paid.id) as session:
        session.profile.caption_style = {"uppercase": True, "highlight_colour": "#00FF00"}

    restyled = paid.made()

    assert paid.edit(restyled)["captions"]["uppercase"]
    assert not paid.edit(again)["captions"]["uppercase"]
    clip_id = restyled["clips"][0]["clip_id"]
    rendered = shop.call("clip", "render", clip_id, "--profile", paid.slug, "--preset", "feed", "--json")
    assert rendered.code == 0, rendered.err
    assert paid.calls == calls
    assert {row.id for row in paid.bought()} == kept


def test_two_runs_at_the_same_moment_pay_once(shop: Shop) -> None:
    brand = shop.brand("twins", *PAID)

    running = [shop.reelflow.start(*brand.wishes()) for _ in range(2)]
    ended = [shop.heard(finish(process)) for process in running]

    assert [one.code for one in ended] == [0, 0], [one.err for one in ended]
    assert len(brand.asked(shop.elevenlabs)) == 1
    assert len(brand.asked(shop.gemini)) == 1
    assert len(brand.rows(VoiceOver)) == 1
    assert brand.booked_micro_usd() == brand.bill_micro_usd()
    codes = [brand.events(one.document["run_id"]).keys() for one in ended]
    assert sum("voice_reused" in told for told in codes) == 1
    assert sum("voice_made" in told for told in codes) == 1


def test_a_budget_that_is_too_small_stops_the_run_before_any_call(shop: Shop, paid: Brand) -> None:
    brand = shop.brand("poor", *PAID)
    assert shop.call("profile", "set-budget", brand.slug, "0.001").code == 0

    ended = brand.make()

    assert ended.code == 4
    assert "$0.001" in ended.sentence
    price = PriceTable.load().price_for("elevenlabs", VOICE_MODEL, now_utc().date())
    assert dollars(elevenlabs_cost(price, characters=len(SCRIPT))) in ended.sentence
    assert brand.calls == 0
    assert brand.bought() == []
    assert brand.rows(Clip) == []
    left = [Path(name).parts for name in shop.reelflow.library() if name.startswith(str(brand.id))]
    assert {kind for _, kind, *_ in left} == {"footage"}
    assert brand.look(check_ledger) == []
    assert brand.last_run().state is RunState.FAILED
    assert shop.reelflow.work_dirs() == []
    assert paid.make().code == 0, "another profile's budget is its own"

    assert shop.call("profile", "set-budget", brand.slug, "none").code == 0
    brand.made()
    assert brand.booked_micro_usd() == brand.bill_micro_usd()


def test_a_service_that_recovers_is_asked_again_before_anything_takes_its_place(shop: Shop) -> None:
    brand = shop.brand("patient", *PAID, "--fallback", "offline")
    shop.elevenlabs.fail_next("503", "503")
    shop.gemini.fail_next("503", "503")

    made = brand.made()

    assert {warning["code"] for warning in made["warnings"]}.isdisjoint(
        {"voice_fallback", "analysis_fallback"}
    )
    assert [seen.status for seen in brand.asked(shop.elevenlabs)] == [503, 503, 200]
    assert [seen.status for seen in brand.asked(shop.gemini)] == [503, 503, 200]
    manifest = brand.manifest(made)
    assert (manifest["voice"]["provider"], manifest["analyser"]["provider"]) == ("elevenlabs", "gemini")
    charges = [line for line in brand.rows(CostEntry) if line.kind is EntryKind.CHARGE]
    assert len(charges) == 2
    assert brand.booked_micro_usd() == brand.bill_micro_usd()


@pytest.mark.parametrize("service", ["elevenlabs", "gemini"])
def test_a_bad_key_is_told_at_once_with_the_next_step(shop: Shop, service: str) -> None:
    brand = shop.brand(f"locked-{service}", *PAID)
    server = shop.gemini if service == "gemini" else shop.elevenlabs
    brand.set_key(server, f"nobody-knows-this-{service}-key")

    ended = brand.make()

    assert ended.code == 5
    assert f"reelflow profile set-key {service}" in ended.sentence
    assert len(brand.asked(server)) == 1
    assert not [line for line in brand.rows(CostEntry) if line.provider == service]
    assert not [row for row in brand.rows(Reservation) if row.state in OPEN_STATES]
    assert brand.last_run().state is RunState.FAILED


def test_without_a_fallback_a_service_that_is_down_fails_the_run(shop: Shop) -> None:
    brand = shop.brand("strict", *PAID)
    shop.gemini.fail_always("503")

    ended = brand.make()

    assert ended.code == 5
    assert "Gemini is not available" in ended.sentence
    assert len(brand.asked(shop.gemini)) == 5
    assert brand.rows(Clip) == []
    assert brand.booked_micro_usd() == brand.bill_micro_usd()
    assert len(brand.rows(VoiceOver)) == 1, "what was paid for is kept for the next run"


def test_a_fallback_is_taken_when_it_was_chosen_and_is_told(shop: Shop) -> None:
    brand = shop.brand("lenient", *PAID, "--fallback", "offline")
    shop.gemini.fail_always("503")
    shop.elevenlabs.fail_always("quota_exceeded")

    made = brand.made()

    assert len(brand.asked(shop.elevenlabs)) == 1, "a quota does not come back by asking"
    assert len(brand.asked(shop.gemini)) == 5, "tried before it is replaced"
    told = brand.events(made["run_id"])
    assert {warning["code"] for warning in made["warnings"]} >= {"voice_fallback", "analysis_fallback"}
    assert told["voice_fallback"].level is EventLevel.WARNING
    manifest = brand.manifest(made)
    assert (manifest["voice"]["provider"], manifest["analyser"]["provider"]) == ("offline", "offline")
    assert {"voice_fallback", "analysis_fallback"} <= {event["code"] for event in manifest["events"]}
    assert brand.booked_micro_usd() == {"gemini": 0, "elevenlabs": 0}


def test_no_key_is_left_anywhere(shop: Shop, paid: Brand, tmp_path: Path) -> None:
    """Last in this file, after runs that succeeded and runs that failed."""
    failing = shop.brand("told", *PAID)
    failing.set_key(shop.elevenlabs, "an-unknown-key/with+any=shape-0123")
    assert failing.make().code == 5
    (tmp_path / "said.txt").write_text("\n".join(shop.said), encoding="utf-8")

    prefect_home = Path(os.environ["PREFECT_HOME"])
    for folder in (shop.reelflow.home, prefect_home, tmp_path):
        assert hunt(folder, shop.secrets) == []
    # These are the folders where a key would be: what is no secret is found in all of them.
    places = [sight.place for sight in hunt(prefect_home, {"profile": str(paid.id)})]
    assert any(place.startswith("prefect.db") for place in places), "Prefect's database, with its parameters"
    places = [sight.place for sight in hunt(shop.reelflow.home, {"profile": paid.id.hex})]
    assert any("table export" in place for place in places), "our database, with its manifests"
    assert hunt(tmp_path, {"script": SCRIPT}), "what the commands printed"
