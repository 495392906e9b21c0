"""What is wished of new clips is held against the project before any work begins."""

from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from models.clip import Clip
from models.edit import Cut, Edit, OwnSpeech
from models.errors import BadInput, NotFound
from models.footage import Footage, Segment
from models.project_changes import create_project
from tasks.run_context import RunContext
from tasks.selection import plan_clips
from tasks.selection_wishes import NO_WISHES, Wishes, check_wishes
from tests.tasks.test_selection_material import SIGNATURE

OWN, FOREIGN = UUID(int=11), UUID(int=12)


@pytest.fixture
def project_id(run: RunContext) -> UUID:
    """A project with one footage of eight segments; a second footage belongs to another project."""
    with run.session() as session:
        for footage_id in (OWN, FOREIGN):
            session.add(
                Footage(
                    profile_id=run.profile_id,
                    id=footage_id,
                    name="tea.mp4",
                    sha256=f"{footage_id.int:064x}",
                    storage_key=run.storage.key_for("footage", footage_id, ".mp4"),
                    bytes=1,
                    duration_s=60.0,
                    width=1920,
                    height=1080,
                    fps=30.0,
                    has_audio=True,
                    probe={},
                )
            )
        session.flush()
        for footage_id in (OWN, FOREIGN):
            session.add_all(
                Segment(
                    profile_id=run.profile_id,
                    footage_id=footage_id,
                    start_s=3.0 * number,
                    end_s=3.0 * number + 3.0,
                    shot=number,
                    score=50.0 + number,
                    features={"signature": SIGNATURE} if number == 0 else {},
                )
                for number in range(8)
            )
        create_project(session, "Cups", footage_ids=[FOREIGN])
        return create_project(session, "Tea", footage_ids=[OWN]).id


def segments(run: RunContext, footage_id: UUID = OWN) -> list[Segment]:
    query = select(Segment).where(Segment.footage_id == footage_id).order_by(Segment.start_s)
    with run.reading() as session:
        return list(session.exec(query).all())


def clips(run: RunContext) -> list[Clip]:
    with run.reading() as session:
        return list(session.exec(select(Clip).order_by(Clip.variant)).all())


def shown(run: RunContext, variant: int) -> set[UUID | None]:
    return {cut.segment_id for cut in Edit.model_validate(clips(run)[variant - 1].edit).cuts}


def add_clip(run: RunContext, project_id: UUID, edit: Edit) -> UUID:
    clip = Clip(
        profile_id=run.profile_id,
        project_id=project_id,
        run_id=UUID(int=1),
        variant=1,
        name="Variant 1",
        edit=edit.model_dump(mode="json"),
        duration_s=edit.duration_s,
        seed=1,
    )
    with run.session() as session:
        session.add(clip)
    return clip.id


def wishes(run: RunContext, project_id: UUID, **changes: object) -> Wishes:
    asked: dict[str, object] = {"like_clip_id": None, "segment_ids": (), "order": "best", **changes}
    return check_wishes(run, project_id, **asked)  # type: ignore[arg-type]  # of many kinds


def test_no_wish_is_no_wish(run: RunContext, project_id: UUID) -> None:
    assert wishes(run, project_id) == NO_WISHES


def test_what_the_project_can_t_grant_is_refused(run: RunContext, project_id: UUID) -> None:
    own, foreign = segments(run)[0].id, segments(run, FOREIGN)[0].id
    clip_id = add_clip(run, project_id, Edit(cuts=(Cut(footage_id=OWN, start_s=0, end_s=2),)))

    for changes, error, words in (
        ({"segment_ids": [foreign]}, BadInput, "not in this project"),
        ({"segment_ids": [own, uuid4()]}, NotFound, "segment"),
        ({"like_clip_id": uuid4()}, NotFound, "clip"),
        ({"voice_clip_id": uuid4()}, NotFound, "clip"),
        ({"voice_clip_id": clip_id}, BadInput, "has none"),
        ({"voice_clip_id": clip_id, "like_clip_id": clip_id}, BadInput, "leave out one"),
        ({"order": "given"}, BadInput, "chosen segments only"),
        ({"order": "given", "segment_ids": [own], "like_clip_id": clip_id}, BadInput, "leave out either"),
    ):
        with pytest.raises(error, match=words):
            wishes(run, project_id, **changes)


def test_a_clip_of_another_project_is_no_model(run: RunContext, project_id: UUID) -> None:
    clip_id = add_clip(run, project_id, Edit(cuts=(Cut(footage_id=OWN, start_s=0, end_s=2),)))
    with run.session() as session:
        other_id = create_project(session, "More tea", footage_ids=[OWN]).id

    for role in ("like_clip_id", "voice_clip_id"):
        with pytest.raises(BadInput, match="another project"):
            wishes(run, other_id, **{role: clip_id})


@pytest.mark.parametrize(("speech", "captions"), [(None, "none"), (OwnSpeech(), "speech")])
def test_a_liked_clip_hands_on_its_length_and_where_its_captions_are_from(
    speech: OwnSpeech | None, captions: str, run: RunContext, project_id: UUID
) -> None:
    edit = Edit(cuts=(Cut(footage_id=OWN, start_s=0, end_s=2.5),), speech=speech)

    liked = wishes(run, project_id, like_clip_id=add_clip(run, project_id, edit))

    assert (liked.liked, liked.target_s, liked.captions) == (edit, 2.5, captions)


def test_skipped_segments_fill_only_what_nothing_else_fills(run: RunContext, project_id: UUID) -> None:
    # given 6 s that may be shown
    kept = {row.id for row in segments(run)[:2]}
    with run.session() as session:
        for row in segments(run)[2:]:
            session.require(Segment, row.id).is_skipped = True

    # when a clip of 5 s is planned, and in another run one of 8 s
    plan_clips.fn(run, project_id, [OWN], variants=1, target_s=5.0, seed=1)
    assert shown(run, 1) <= kept
    with run.session() as session:
        session.delete(session.require(Clip, clips(run)[0].id))
    plan_clips.fn(run, project_id, [OWN], variants=1, target_s=8.0, seed=1)

    # then only that one shows others too
    assert shown(run, 1) > kept


def test_only_chosen_segments_are_shown(run: RunContext, project_id: UUID) -> None:
    chosen = tuple(row.id for row in segments(run)[4:1:-1])

    plan_clips.fn(run, project_id, [OWN], variants=1, target_s=6.0, seed=1, wishes=Wishes(segment_ids=chosen))

    assert shown(run, 1) <= set(chosen)


def test_a_favourite_outdoes_a_better_segment(run: RunContext, project_id: UUID) -> None:
    favourite = segments(run)[0].id
    with run.session() as session:
        session.require(Segment, favourite).is_favorite = True

    plan_clips.fn(run, project_id, [OWN], variants=1, target_s=2.0, seed=1)

    assert favourite in shown(run, 1)


def test_a_clip_whose_shots_are_gone_can_t_be_liked(run: RunContext, project_id: UUID) -> None:
    liked = Edit(cuts=(Cut(footage_id=OWN, start_s=50, end_s=52),))

    with pytest.raises(BadInput, match="Like another clip"):
        plan_clips.fn(run, project_id, [OWN], variants=1, target_s=2.0, seed=1, wishes=Wishes(liked=liked))
