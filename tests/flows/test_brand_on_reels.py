"""The brand kit on finished reels: from the profile through the edit to the pixels and the manifest."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sqlmodel import select

from models.brand import LOGO_SUFFIX, LOGOS, Brand, store_brand
from models.clip import Clip, Export
from models.edit import Edit
from models.profiles import create_profile
from models.run import EventLevel, RunEvent
from models.session import ProfileSession
from models.storage import file_sha256
from tests.films import frame_hashes
from tests.program import Reelflow
from tests.tasks.media.test_picture import show

pytestmark = pytest.mark.slow

SECONDS = 7.0


@pytest.fixture
def profile_id(reelflow: Reelflow) -> UUID:
    """A profile with a yellow logo and a black end card."""
    with reelflow.database() as database:
        profile_id = create_profile(database, "Meadow").id
    storage, logo_id = reelflow.storage("meadow"), uuid4()
    file = reelflow.home / "logo.png"
    Image.new("RGBA", (90, 30), "#FFE000").save(file)
    key = storage.key_for(LOGOS, logo_id, LOGO_SUFFIX)
    storage.publish(file, key)
    brand = Brand(primary_colour="#000000", logo_key=key, logo_corner="top left", end_card_text="Order now")
    act(reelflow, profile_id, lambda session: store_brand(session, brand))
    return profile_id


def act(reelflow: Reelflow, profile_id: UUID, action: Callable[[ProfileSession], Any]) -> Any:
    with reelflow.database() as database, database.profile_session(profile_id) as session:
        return action(session)


def the_clip(reelflow: Reelflow, profile_id: UUID, clip_id: UUID) -> Clip:
    clip: Clip = act(reelflow, profile_id, lambda session: session.require(Clip, clip_id))
    return clip


def finals(reelflow: Reelflow, profile_id: UUID, ids: list[UUID]) -> list[Path]:
    keys = act(
        reelflow, profile_id, lambda session: [session.require(Export, each).storage_key for each in ids]
    )
    return [reelflow.storage("meadow").path(key) for key in keys]


def warned(reelflow: Reelflow, profile_id: UUID) -> list[str]:
    query = select(RunEvent.code).where(RunEvent.level == EventLevel.WARNING)
    return list(act(reelflow, profile_id, lambda session: session.exec(query).all()))


def is_yellow(picture: NDArray[np.uint8]) -> bool:
    """Whether the corner of the square format's safe zone shows the logo."""
    return bool(np.abs(picture[70:90, 75:150].astype(int) - (255, 224, 0)).mean() < 20)


def test_reels_show_the_brand_and_say_so(
    reelflow: Reelflow, profile_id: UUID, films: dict[str, Path]
) -> None:
    from flows.make_reels import make_reels

    made = make_reels(profile_id, [films["tea"]], "Tea", variants=1, duration_s=SECONDS, presets=["square"])

    # then the files passed their checks, although the end is black and still
    (final,) = finals(reelflow, profile_id, made.export_ids)
    manifest = json.loads(final.with_suffix(".manifest.json").read_text())
    frames = manifest["quality"]["frames"]
    assert frames == round(the_clip(reelflow, profile_id, made.clip_ids[0]).duration_s * 30)
    assert is_yellow(show(final, number=30))
    last = show(final, number=frames - 1)
    assert last[:200].max() < 8, "above logo and words there is nothing but the ground"
    assert last.max() > 200
    # and the manifest tells logo and card, which lie in the profile's library, one for each size
    logo = next((reelflow.storage("meadow").path(f"{profile_id}/{LOGOS}/{uuid4()}.png").parent).iterdir())
    assert manifest["brand"]["logo_sha256"] == file_sha256(logo)
    assert manifest["brand"]["corner"] == "top left"
    assert manifest["brand"]["end_card"]["text"] == "Order now"
    assert manifest["brand"]["end_card"]["from_s"] == pytest.approx(frames / 30 - 2)
    assert manifest["quality"]["passed"]
    made_cards = [name for name in reelflow.library() if "/cards/" in name]
    assert len(made_cards) == 2, "of the draft and of the final"
    assert all(name.startswith(str(profile_id)) for name in made_cards)
    assert warned(reelflow, profile_id) == []


def test_a_clip_is_rendered_without_its_brand_and_with_that_of_today(
    reelflow: Reelflow, profile_id: UUID, films: dict[str, Path]
) -> None:
    from flows.make_reels import make_reels
    from flows.recut_drafts import recut_drafts
    from flows.render_clip import render_clip

    # given a clip that was made without the brand
    made = make_reels(
        profile_id, [films["tea"]], "Tea", variants=1, duration_s=SECONDS, presets=["square"], brand=False
    )
    (clip_id,) = made.clip_ids
    plain = the_clip(reelflow, profile_id, clip_id)
    assert Edit.model_validate(plain.edit).overlays is None
    (before,) = finals(reelflow, profile_id, made.export_ids)
    assert not is_yellow(show(before, number=30))

    # when it gets today's brand kit, its draft follows
    branded = render_clip(profile_id, clip_id, ["square"], brand=True)
    clip = the_clip(reelflow, profile_id, clip_id)
    assert clip.draft_fingerprint == Edit.model_validate(clip.edit).fingerprint != plain.draft_fingerprint
    (after,) = finals(reelflow, profile_id, branded.export_ids)
    assert is_yellow(show(after, number=30))
    assert recut_drafts(profile_id, [clip_id], preset="square").clip_ids == []

    # then both are there: neither is rendered again
    again = render_clip(profile_id, clip_id, ["square"])
    off = render_clip(profile_id, clip_id, ["square"], brand=False)
    assert again.export_ids == branded.export_ids
    assert off.export_ids == made.export_ids
    assert frame_hashes(after)[-1] != frame_hashes(before)[-1]


def test_a_logo_that_is_gone_is_told_and_the_reel_made(
    reelflow: Reelflow, profile_id: UUID, films: dict[str, Path]
) -> None:
    from flows.make_reels import make_reels
    from flows.render_clip import render_clip

    made = make_reels(profile_id, [films["tea"]], "Tea", variants=1, duration_s=2.0, presets=["square"])
    assert warned(reelflow, profile_id) == ["end_card_left_out"]
    for name in [name for name in reelflow.library() if f"/{LOGOS}/" in name]:
        (reelflow.settings.storage_dir / name).unlink()

    rendered = render_clip(profile_id, made.clip_ids[0], ["square"])

    (final,) = finals(reelflow, profile_id, rendered.export_ids)
    assert rendered.export_ids != made.export_ids
    assert not is_yellow(show(final, number=30))
    assert "logo_missing" in warned(reelflow, profile_id)
