"""Changing a clip: what is refused, what becomes stale, and that nobody works on an old picture of it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from models.clip import Clip, Export
from models.clip_edits import (
    delete_clip,
    move_boundary,
    pick_clip,
    remove_cut,
    rename_clip,
    reorder_cuts,
    replace_cut,
    set_audio_levels,
    set_caption_style,
    set_crop,
    set_script,
    trim_cut,
)
from models.clip_view import view_clip
from models.edit import AudioLevels, CaptionStyle, Crop, Cut, Edit
from models.errors import BadInput, NotFound
from models.project_changes import unassign_footage
from models.run import Run, RunState
from models.session import Database, ProfileSession
from tests.models.shelf import Shelf, add_export, add_voice, stock

Change = Callable[[ProfileSession, Shelf], Any]

CHANGES: dict[str, Change] = {
    "reorder": lambda s, shelf: reorder_cuts(s, shelf.clip_id, [1, 0, 2, 3]),
    "replace": lambda s, shelf: replace_cut(s, shelf.clip_id, 0, shelf.segment_ids[5]),
    "move": lambda s, shelf: move_boundary(s, shelf.clip_id, 0, 0.2),
    "trim": lambda s, shelf: trim_cut(s, shelf.clip_id, 0, end_s=2.0),
    "remove": lambda s, shelf: remove_cut(s, shelf.clip_id, 0),
    "crop": lambda s, shelf: set_crop(s, shelf.clip_id, 0, Crop(x=0.1)),
    "captions": lambda s, shelf: set_caption_style(s, shelf.clip_id, CaptionStyle(size=0.1)),
    "no captions": lambda s, shelf: set_caption_style(s, shelf.clip_id, None),
    "levels": lambda s, shelf: set_audio_levels(s, shelf.clip_id, AudioLevels(original_db=-3)),
    "script": lambda s, shelf: set_script(s, shelf.clip_id, "Come and see."),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_each_change_makes_draft_and_final_stale_and_its_way_back_makes_them_fresh(
    shelf: Shelf, change: Change
) -> None:
    before = shelf.edit()
    with shelf.writing() as session:
        changed = change(session, shelf)

    with shelf.reading() as session:
        view = view_clip(session, shelf.clip_id)
    assert view.edit == changed != before
    assert view.clip.duration_s == pytest.approx(changed.duration_s)
    assert (view.is_draft_stale, [export.is_older_than_edit for export in view.exports]) == (True, [True])

    shelf.set_edit(before)
    with shelf.reading() as session:
        view = view_clip(session, shelf.clip_id)
    assert (view.is_draft_stale, [export.is_older_than_edit for export in view.exports]) == (False, [False])


@pytest.mark.parametrize("state", [RunState.PENDING, RunState.RUNNING])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_nothing_is_changed_under_a_run_that_works_on_the_clip(
    shelf: Shelf, change: Change, state: RunState
) -> None:
    with shelf.writing() as session:
        asked = {"clip_ids": [str(shelf.clip_id)], "presets": ["reels"]}
        run = Run(kind="export_clips", title="export 1 clip", state=state, progress=0.4, parameters=asked)
        session.add(run)

    for refused in (change, lambda s, shelf: delete_clip(s, shelf.clip_id)):
        with (
            pytest.raises(BadInput, match=r"at work on 'Variant 1' \(export 1 clip, 40%\)"),
            shelf.writing() as session,
        ):
            refused(session, shelf)

    with shelf.writing() as session:
        session.require(Run, run.id).state = RunState.FAILED
        rename_clip(session, shelf.clip_id, "free again")
        change(session, shelf)


def test_a_run_that_works_on_something_else_holds_nobody_up(shelf: Shelf) -> None:
    with shelf.writing() as session:
        session.add(Run(kind="render_clip", state=RunState.RUNNING, parameters={"clip_id": str(UUID(int=1))}))
        remove_cut(session, shelf.clip_id, 0)


def test_a_change_to_what_is_no_longer_there_is_refused(shelf: Shelf) -> None:
    seen = shelf.edit().fingerprint
    with shelf.writing() as session:
        remove_cut(session, shelf.clip_id, 0, base=seen)  # the first window

    with pytest.raises(BadInput, match="changed meanwhile"), shelf.writing() as session:
        remove_cut(session, shelf.clip_id, 0, base=seen)  # the second

    assert len(shelf.edit().cuts) == 3


def test_a_replaced_cut_gets_the_crop_of_its_own_subject(shelf: Shelf) -> None:
    with shelf.writing() as session:
        changed = replace_cut(session, shelf.clip_id, 0, shelf.segment_ids[5], start_s=4.0)

    cut = changed.cuts[0]
    assert (cut.footage_id, cut.start_s, cut.end_s) == (shelf.footage_ids[1], 4.0, 6.0)
    assert cut.crop.x == pytest.approx((0.6 + 0.8 + 0.9 + 1.0) / 4)  # from one second into the segment on


def test_only_segments_of_the_project_s_footage_can_be_shown(shelf: Shelf, database: Database) -> None:
    theirs = stock(database, "Rival")
    with shelf.writing() as session:
        unassign_footage(session, shelf.project_id, shelf.footage_ids[1])

    for segment_id in (theirs.segment_ids[0], shelf.segment_ids[5], UUID(int=1)):
        with pytest.raises(NotFound, match="There is no segment"), shelf.writing() as session:
            replace_cut(session, shelf.clip_id, 0, segment_id)


def test_with_a_voice_the_clip_keeps_its_length(shelf: Shelf) -> None:
    add_voice(shelf)
    before = shelf.edit()

    with shelf.writing() as session:
        trimmed = trim_cut(session, shelf.clip_id, 1, end_s=4.5)

    assert trimmed.cuts[1].end_s == 4.5
    assert trimmed.duration_s == pytest.approx(before.duration_s)
    assert trimmed.cuts[2].start_s == 6.0  # no more of its shot is left before it: the rest is at its end
    assert trimmed.cuts[2].end_s == pytest.approx(9.0)


def test_a_script_is_written_without_paying_and_its_voice_is_stale_until_it_is_spoken(shelf: Shelf) -> None:
    add_voice(shelf, "Hello there.")

    def is_stale() -> bool:
        with shelf.reading() as session:
            return view_clip(session, shelf.clip_id).is_voice_stale

    assert not is_stale()
    with shelf.writing() as session:
        changed = set_script(session, shelf.clip_id, "  Come and\nsee. ")
    assert (changed.script, is_stale()) == ("Come and see.", True)
    with shelf.writing() as session:
        set_script(session, shelf.clip_id, "Hello there.")
    assert not is_stale()
    with shelf.writing() as session:
        changed = set_script(session, shelf.clip_id, None)
    assert (changed.script, changed.voice, is_stale()) == (None, None, False)
    with pytest.raises(BadInput, match="nothing to say"), shelf.writing() as session:
        set_script(session, shelf.clip_id, " ... ")


def test_names_and_picks(shelf: Shelf) -> None:
    with shelf.writing() as session:
        rename_clip(session, shelf.clip_id, "  The  best one ")
        pick_clip(session, shelf.clip_id)
    with shelf.writing() as session:
        clip = session.require(Clip, shelf.clip_id)
        assert (clip.name, clip.is_picked) == ("The best one", True)
        pick_clip(session, shelf.clip_id, is_picked=False)
        for name in ("", " ", "x" * 201, "a\x00b"):
            with pytest.raises(BadInput, match="1 to 200 printable"):
                rename_clip(session, shelf.clip_id, name)
    with shelf.reading() as session:
        assert not session.require(Clip, shelf.clip_id).is_picked


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_another_profile_s_clip_is_not_found(database: Database, shelf: Shelf, change: Change) -> None:
    # pitfall 24
    theirs = stock(database, "Rival")
    shelf.clip_id = theirs.clip_id

    with pytest.raises(NotFound, match="There is no clip"), shelf.writing() as session:
        change(session, shelf)


def test_a_field_added_to_the_document_makes_nothing_stale() -> None:
    cut = Cut(footage_id=UUID(int=1), start_s=0, end_s=1)
    plain, spelt = Edit(cuts=(cut,)), Edit(cuts=(cut,), captions=CaptionStyle(), audio=AudioLevels())

    assert plain.fingerprint == spelt.fingerprint
    assert plain.fingerprint != Edit(cuts=(cut,), captions=None).fingerprint
    # Held for ever: what is stored with drafts and finals was made so.
    assert plain.fingerprint == "022a99ac58db15a39c162d26c6882b0c6602cc374bda9b6f5467acbf29c48e36"


def test_the_view_has_what_the_page_shows(shelf: Shelf) -> None:
    with shelf.writing() as session:
        newest = add_export(session, shelf, shelf.edit(), preset="square")
    with shelf.reading() as session:
        view = view_clip(session, shelf.clip_id)
        stored = session.require(Export, newest)

    assert [cut.score for cut in view.cuts] == [50.0, 51.0, 52.0, 53.0]
    assert (view.cuts[1].room.footage.end_s, view.cuts[1].room.segment) == (12.0, (3.0, 6.0))
    assert (view.project_name, view.cuts[0].footage_name) == ("Summer sale", "mug 0.mp4")
    assert {export.preset for export in view.exports} == {"reels", "square"}
    assert view.exports[0].storage_key == stored.storage_key
    assert (view.voice, view.is_voice_stale, view.cost_micro_usd) == (None, False, 0)
