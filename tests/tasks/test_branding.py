"""A clip's brand on this machine: what is drawn, what is told when it can't be, and whose card it is."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from PIL import Image
from sqlmodel import select

import tasks.branding
from models.brand import LOGOS, brand_of, logo_key, store_brand
from models.edit import CaptionStyle, Cut, Edit, EndCard, LogoFile, Overlays
from models.profiles import create_profile
from models.run import EventLevel, RunEvent
from tasks.branding import ShownBrand, brand_inputs, draw_brand, overlays_now
from tasks.clips import LoadedClip
from tasks.media.caption_report import CaptionsReport
from tasks.media.on_top import CARD_NAME, LOGO_NAME, NOTHING
from tasks.media.presets import SafeZone, find_preset
from tasks.run_context import RunContext, StagePlan

TINY = replace(find_preset("reels"), width=108, height=192, safe_zone=SafeZone(7, 27, 96, 150))
LONG, SHORT = 300, 170
CARD = EndCard(text="Order now", primary_colour="#000000")


def clip_with(overlays: Overlays | None) -> LoadedClip:
    cuts = (Cut(footage_id=uuid4(), start_s=0, end_s=10),)
    return LoadedClip(
        id=uuid4(),
        project_id=uuid4(),
        project_name="Tea",
        run_id=uuid4(),
        variant=1,
        seed=1,
        edit=Edit(cuts=cuts, overlays=overlays),
        sources={},
        footage={},
        voice=None,
    )


def store_logo(run: RunContext, colour: str = "teal") -> LogoFile:
    file = run.folder("logos") / "logo.png"
    Image.new("RGBA", (40, 20), colour).save(file)
    digest = sha256(file.read_bytes()).hexdigest()
    logo = LogoFile(id=uuid4(), sha256=digest)
    run.storage.publish(file, logo_key(run.storage, logo))
    return logo


def warnings(run: RunContext) -> list[tuple[str, str]]:
    with run.reading() as session:
        events = session.exec(select(RunEvent).where(RunEvent.level == EventLevel.WARNING)).all()
        return [(event.code, event.message) for event in events]


def cards(run: RunContext) -> list[Path]:
    folder = run.storage.path(run.storage.key_for("cards", uuid4(), ".nut")).parent
    return sorted(folder.iterdir()) if folder.is_dir() else []


def test_a_clip_without_a_brand_needs_nothing(run: RunContext, tmp_path: Path) -> None:
    shown = draw_brand(run, clip_with(None), TINY, frames=LONG, captions=None, folder=tmp_path)

    assert shown == ShownBrand(NOTHING, None, None)
    assert list(tmp_path.glob("*.png")) == []


def test_logo_and_card_are_put_into_the_folder_and_told(run: RunContext, tmp_path: Path) -> None:
    logo = store_logo(run)
    clip = clip_with(Overlays(logo=logo, corner="top left", card=CARD))

    shown = draw_brand(run, clip, TINY, frames=LONG, captions=None, folder=tmp_path)

    assert (tmp_path / LOGO_NAME).is_file()
    assert (tmp_path / CARD_NAME).is_file()
    assert shown.on_top.card_frame == LONG - 60
    assert shown.card is not None
    assert (shown.card.from_s, shown.card.is_black) == (8.0, True)
    facts = shown.facts or {}
    assert (facts["logo_sha256"], facts["corner"]) == (logo.sha256, "top left")
    assert facts["end_card"]["text"] == "Order now"
    assert warnings(run) == []


def test_a_card_is_made_once(run: RunContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = clip_with(Overlays(card=CARD))
    draw_brand(run, clip, TINY, frames=LONG, captions=None, folder=tmp_path)
    first = (tmp_path / CARD_NAME).read_bytes()
    (tmp_path / CARD_NAME).unlink()

    monkeypatch.setattr(tasks.branding, "make_card", lambda *_, **__: pytest.fail("made again"))
    draw_brand(run, clip_with(Overlays(card=CARD)), TINY, frames=LONG + 30, captions=None, folder=tmp_path)

    assert (tmp_path / CARD_NAME).read_bytes() == first
    assert len(cards(run)) == 1


def test_no_profile_gets_anothers_card_or_logo(run: RunContext, tmp_path: Path) -> None:  # pitfall 18
    from flows.run_life import live_run

    logo = store_logo(run)
    overlays = Overlays(logo=logo, corner="top left", card=CARD)
    draw_brand(run, clip_with(overlays), TINY, frames=LONG, captions=None, folder=tmp_path)
    rival_id = create_profile(run.database, "Rival").id
    with live_run(rival_id, kind="test", title="a test", stages=StagePlan({"look": 1.0})) as rival:
        # given an edit that names a logo which only the other profile has
        shown = draw_brand(rival, clip_with(overlays), TINY, frames=LONG, captions=None, folder=tmp_path)

        assert (shown.facts or {})["logo_sha256"] is None
        assert [code for code, _ in warnings(rival)] == ["logo_missing"]
        (own,), (other,) = cards(run), cards(rival)
        assert own.parts[-3] == str(run.profile_id)
        assert other.parts[-3] == str(rival_id)


@pytest.mark.parametrize("damage", ["gone", "cut off", "another"])
def test_a_reel_is_made_without_a_logo_that_is_not_there(
    run: RunContext, tmp_path: Path, damage: str
) -> None:
    logo = store_logo(run)
    path = run.storage.path(logo_key(run.storage, logo))
    overlays = Overlays(logo=logo, corner="top right", card=CARD)
    assert brand_inputs(run, overlays)["has_logo"]
    if damage == "gone":
        path.unlink()
    elif damage == "another":
        Image.new("RGBA", (40, 20), "red").save(path)
    else:
        path.write_bytes(path.read_bytes()[:40])

    shown = draw_brand(run, clip_with(overlays), TINY, frames=LONG, captions=None, folder=tmp_path)

    assert shown.on_top.logo_px is None
    assert shown.on_top.card_frame == LONG - 60
    assert (shown.facts or {})["logo_sha256"] is None
    ((code, message),) = warnings(run)
    assert code == "logo_missing"
    assert message.startswith("Clip 1 is made without its logo: ")
    assert not brand_inputs(run, overlays)["has_logo"], "a final without it is not taken for one with it"


def test_a_card_that_has_lost_its_logo_and_has_no_words_is_left_out(run: RunContext, tmp_path: Path) -> None:
    logo = LogoFile(id=uuid4(), sha256="0" * 64)
    overlays = Overlays(logo=logo, corner="top right", card=EndCard())

    shown = draw_brand(run, clip_with(overlays), TINY, frames=LONG, captions=None, folder=tmp_path)

    assert shown.card is None
    assert (shown.facts or {})["end_card"] is None


def test_a_short_clip_has_no_card_and_says_so(run: RunContext, tmp_path: Path) -> None:
    clip = clip_with(Overlays(card=CARD))

    shown = draw_brand(run, clip, TINY, frames=SHORT, captions=None, folder=tmp_path)

    assert shown.card is None
    ((code, message),) = warnings(run)
    assert code == "end_card_left_out"
    assert message == "Clip 1 lasts 5.7 s and has no end card: it takes a clip of 6 s."


def test_captions_keep_their_place_and_what_is_hard_to_read_is_told(run: RunContext, tmp_path: Path) -> None:
    # given captions in the ground's own colour without an outline, over the whole frame and to the end
    captions = CaptionsReport(
        passed=True,
        problems=(),
        events=3,
        first_start_s=0.0,
        last_end_s=10.0,
        box_px=(0, 0, 108, 192),
        smallest_em_px=8,
    )
    style = CaptionStyle(text_colour="#000000", outline=0)
    clip = clip_with(
        Overlays(
            logo=store_logo(run), corner="top left", card=CARD.model_copy(update={"font_family": "Lobster"})
        )
    )
    clip = replace(clip, edit=clip.edit.model_copy(update={"captions": style}))

    shown = draw_brand(run, clip, TINY, frames=LONG, captions=captions, folder=tmp_path)

    assert shown.on_top.logo_px is None
    told = warnings(run)
    assert [code for code, _ in told] == ["logo_no_room", "end_card", "end_card"]
    assert "there is no font 'Lobster', so the end card is set in Inter" in told[1][1]
    assert "On the end card: The text colour (#000000) is hard to read" in told[2][1]


def test_the_brand_kit_of_now_is_taken_and_a_lost_logo_is_told(run: RunContext) -> None:
    assert overlays_now(run) is None
    logo = store_logo(run)
    with run.session() as session:
        brand = brand_of(session.profile).changed(
            logo_key=logo_key(run.storage, logo), primary_colour="#AA0000", end_card_text="  Visit   us "
        )
        store_brand(session, brand)

    overlays = overlays_now(run)

    assert overlays == Overlays(
        logo=logo, corner="top right", card=EndCard(text="Visit us", primary_colour="#AA0000")
    )
    run.storage.remove(run.storage.key_for(LOGOS, logo.id, ".png"))
    without = overlays_now(run)
    assert without == Overlays(card=EndCard(text="Visit us", primary_colour="#AA0000"))
    assert [code for code, _ in warnings(run)] == ["logo_missing"]


def test_ids_of_cards_come_from_their_fingerprints(run: RunContext, tmp_path: Path) -> None:
    shown = draw_brand(run, clip_with(Overlays(card=CARD)), TINY, frames=LONG, captions=None, folder=tmp_path)

    (kept,) = cards(run)
    assert UUID(kept.stem) == UUID((shown.facts or {})["end_card"]["fingerprint"][:32])
