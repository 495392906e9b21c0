"""More clips beside those that a project has: like one of them, or of chosen segments."""

from uuid import UUID

import pytest
from sqlmodel import select

from models.clip import Clip
from models.edit import AudioLevels, CaptionStyle, Edit
from models.footage import Segment
from models.session import ProfileSession
from tests.flows.conftest import TeaProject
from tests.flows.panel_flows import change, events, look

pytestmark = pytest.mark.slow


def edits(tea: TeaProject) -> dict[int, Edit]:
    clips = look(tea.reelflow, tea.profile_id, lambda s: s.exec(select(Clip)).all())
    return {clip.variant: Edit.model_validate(clip.edit) for clip in clips}


def segment_ids(tea: TeaProject) -> list[UUID]:
    query = select(Segment.id).order_by(Segment.footage_id, Segment.start_s)
    found: list[UUID] = look(tea.reelflow, tea.profile_id, lambda s: s.exec(query).all())
    return found


def test_clips_like_another_have_its_length_captions_and_levels_but_other_pictures(tea: TeaProject) -> None:
    from flows.generate_clips import generate_clips

    # given a clip whose look somebody has changed
    style = {"captions": CaptionStyle(uppercase=True), "audio": AudioLevels(original_db=-3)}

    def restyle(session: ProfileSession) -> None:
        clip = session.require(Clip, tea.clip_ids[0])
        clip.edit = Edit.model_validate(clip.edit).model_copy(update=style).model_dump(mode="json")

    change(tea.reelflow, tea.profile_id, restyle)
    # when two more like it are made
    more = generate_clips(tea.profile_id, tea.project_id, variants=2, like_clip_id=tea.clip_ids[0])
    # then they are numbered on, have its length and look, and open with something else than all others
    made = edits(tea)
    assert sorted(made) == [1, 2, 3, 4]
    for variant in (3, 4):
        assert made[variant].duration_s == pytest.approx(made[1].duration_s)
        assert (made[variant].captions, made[variant].audio) == (style["captions"], style["audio"])
    assert len({edit.cuts[0].segment_id for edit in made.values()}) == 4
    told = events(tea.reelflow, tea.profile_id, more.run_id)
    assert not {"overlap", "overlap_elsewhere", "same_opening"} & set(told)


def test_chosen_segments_are_shown_in_the_given_order(tea: TeaProject) -> None:
    from flows.generate_clips import generate_clips

    chosen = segment_ids(tea)[5:1:-2]

    generate_clips(
        tea.profile_id, tea.project_id, variants=1, duration_s=3.0, segment_ids=chosen, order="given"
    )

    given = edits(tea)[3]
    assert [cut.segment_id for cut in given.cuts] == chosen
    assert given.duration_s == pytest.approx(3.0)
