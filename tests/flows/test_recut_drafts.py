"""Drafts follow their edits, and those that do are left alone."""

from uuid import UUID

import pytest

from models.clip import Clip
from models.edit import Edit
from models.errors import BadInput, NotFound
from models.profiles import create_profile
from models.session import ProfileSession
from tests.flows.conftest import TeaProject
from tests.flows.panel_flows import change, look

pytestmark = pytest.mark.slow


def shorten(tea: TeaProject, clip_id: UUID) -> None:
    """Takes a few frames off a clip, as somebody at the panel would."""

    def act(session: ProfileSession) -> None:
        clip = session.require(Clip, clip_id)
        edit = Edit.model_validate(clip.edit)
        last = edit.cuts[-1].model_copy(update={"end_s": edit.cuts[-1].end_s - 0.2})
        changed = edit.model_copy(update={"cuts": (*edit.cuts[:-1], last)})
        clip.edit, clip.duration_s = changed.model_dump(mode="json"), changed.duration_s

    change(tea.reelflow, tea.profile_id, act)


def drafts(tea: TeaProject) -> list[bytes]:
    storage = tea.reelflow.storage("meadow")
    clips = [look(tea.reelflow, tea.profile_id, lambda s, i=i: s.require(Clip, i)) for i in tea.clip_ids]
    return [storage.path(clip.draft_key).read_bytes() for clip in clips]


def test_only_the_drafts_of_changed_edits_are_cut_again(tea: TeaProject) -> None:  # pitfalls 13, 21
    from flows.recut_drafts import recut_drafts

    # given drafts that show their edits, when one edit is changed
    before = drafts(tea)
    shorten(tea, tea.clip_ids[1])
    done = recut_drafts(tea.profile_id, tea.clip_ids, preset="square")
    # then its draft alone is new, and is up to date from then on
    assert (done.clip_ids, done.up_to_date) == ([tea.clip_ids[1]], [tea.clip_ids[0]])
    after = drafts(tea)
    assert [new == old for new, old in zip(after, before, strict=True)] == [True, False]
    assert recut_drafts(tea.profile_id, tea.clip_ids, preset="square").clip_ids == []


def test_a_draft_of_another_shape_or_without_its_poster_is_cut_again(tea: TeaProject) -> None:
    from flows.recut_drafts import recut_drafts

    poster = look(tea.reelflow, tea.profile_id, lambda s: s.require(Clip, tea.clip_ids[0]).poster_key)
    tea.reelflow.storage("meadow").remove(poster)
    assert recut_drafts(tea.profile_id, tea.clip_ids, preset="square").clip_ids == tea.clip_ids[:1]

    assert recut_drafts(tea.profile_id, tea.clip_ids[1:], preset="feed").clip_ids == tea.clip_ids[1:]


def test_no_clips_and_another_profiles_clips_are_refused(tea: TeaProject) -> None:  # pitfall 18
    from flows.recut_drafts import recut_drafts

    with tea.reelflow.database() as database:
        rival_id = create_profile(database, "Rival").id

    with pytest.raises(NotFound, match="clip"):
        recut_drafts(rival_id, tea.clip_ids)
    with pytest.raises(BadInput, match="at least one clip"):
        recut_drafts(tea.profile_id, [])
