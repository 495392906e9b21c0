"""Which clips get captions of their footage's speech, what their edits then say, and what is told."""

from pathlib import Path
from uuid import UUID

import pytest

from models.clip import Clip
from models.edit import CaptionStyle, Cut, Edit, HeardFootage, OwnSpeech, VoiceTrack
from models.errors import BadInput, MissingKey
from models.project import Project
from tasks.captions import burn_captions
from tasks.clips import load_clip
from tasks.media.presets import find_preset
from tasks.own_speech import (
    caption_clip_again,
    caption_new_clips,
    caption_new_cuts,
    footage_to_hear,
    wants_speech,
)
from tasks.run_context import RunContext
from tasks.transcripts import hear_footage
from tests.fakes.elevenlabs import FakeElevenLabs
from tests.tasks.hearing import choose, taken_in, told

#: Times of the two beeps of the films.
FIRST_S, SECOND_S = 0.5, 1.75


@pytest.fixture(autouse=True)
def _without_prefect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.own_speech.hear_footage", hear_footage.fn)


@pytest.fixture
def project_id(customer: RunContext) -> UUID:
    project = Project(profile_id=customer.profile_id, name="Talk")
    with customer.session() as session:
        session.add(project)
        return project.id


def new_clip(run: RunContext, project_id: UUID, *cuts: tuple[UUID, float, float], variant: int = 1) -> UUID:
    edit = Edit(cuts=tuple(Cut(footage_id=each, start_s=start, end_s=end) for each, start, end in cuts))
    clip = Clip(
        profile_id=run.profile_id,
        project_id=project_id,
        run_id=run.run_id,
        variant=variant,
        name=f"Variant {variant}",
        edit=edit.model_dump(mode="json"),
        duration_s=edit.duration_s,
        seed=1,
    )
    with run.session() as session:
        session.add(clip)
        return clip.id


def edit_of(run: RunContext, clip_id: UUID) -> Edit:
    return load_clip(run, clip_id).edit


def change(run: RunContext, clip_id: UUID, **changes: object) -> None:
    with run.session() as session:
        clip = session.require(Clip, clip_id)
        edit = Edit.model_validate(clip.edit).model_copy(update=changes)
        clip.edit = edit.model_dump(mode="json")


def test_words_follow_the_cuts_of_the_edit(
    customer: RunContext, project_id: UUID, talking: dict[str, Path]
) -> None:
    film = taken_in(customer, talking["beeps"])
    clip_id = new_clip(customer, project_id, (film, 1.5, 2.5), (film, 0.25, 1.25))

    caption_new_clips(customer, [clip_id], project_id, None)

    clip = load_clip(customer, clip_id)
    assert [word.text for word in clip.words] == ["word2", "word1"]
    starts = [word.start_s for word in clip.words]
    assert starts == pytest.approx([SECOND_S - 1.5, 1.0 + FIRST_S - 0.25], abs=0.03)
    assert clip.speech_breaks_s == (1.0,)
    change(customer, clip_id, cuts=clip.edit.cuts[::-1], captions=CaptionStyle(uppercase=True))
    assert [word.text for word in load_clip(customer, clip_id).words] == ["word1", "word2"]


def test_only_footage_that_is_shown_is_paid_for_and_once_for_all_clips(
    customer: RunContext, project_id: UUID, talking: dict[str, Path], eleven: FakeElevenLabs
) -> None:
    shown, silent, unused = (taken_in(customer, talking[name]) for name in ("beeps", "silence", "more"))
    one = new_clip(customer, project_id, (shown, 0.0, 1.0), (silent, 0.0, 1.0))
    two = new_clip(customer, project_id, (shown, 1.0, 2.0), variant=2)

    caption_new_clips(customer, [one, two], project_id, None)

    assert len(eleven.paid_requests("transcript")) == 1
    speech = edit_of(customer, one).speech
    assert speech is not None
    assert [(each.footage_id, each.transcript_id is None) for each in speech.heard] == [
        (shown, False),
        (silent, True),
    ]
    assert speech.of(unused) is None
    assert edit_of(customer, two).speech == OwnSpeech(heard=speech.heard[:1])


def test_a_clip_in_which_nothing_is_said_says_so(
    customer: RunContext, project_id: UUID, talking: dict[str, Path]
) -> None:
    film = taken_in(customer, talking["beeps"])
    clip_id = new_clip(customer, project_id, (film, 0.9, 1.6))

    caption_new_clips(customer, [clip_id], project_id, "speech")

    assert told(customer)[-1] == "no_speech"
    assert load_clip(customer, clip_id).words == ()


@pytest.mark.parametrize("captions", [None, "none"])
def test_an_offline_profile_never_pays_by_default(
    captions: None, customer: RunContext, project_id: UUID, talking: dict[str, Path], eleven: FakeElevenLabs
) -> None:
    clip_id = new_clip(customer, project_id, (taken_in(customer, talking["beeps"]), 0.0, 1.0))
    choose(customer, voice="offline")
    before = told(customer)

    caption_new_clips(customer, [clip_id], project_id, captions)

    assert edit_of(customer, clip_id).speech is None
    assert (eleven.seen, told(customer)) == ([], before)
    with pytest.raises(BadInput, match="or give a script instead"):
        wants_speech(customer, "speech")


def test_without_a_key_it_is_told_by_default_and_refused_when_asked_for(
    customer: RunContext, project_id: UUID, talking: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    clip_id = new_clip(customer, project_id, (taken_in(customer, talking["beeps"]), 0.0, 1.0))
    monkeypatch.setattr("models.secrets.installation_key", lambda *_: None)

    caption_new_clips(customer, [clip_id], project_id, None)

    assert told(customer)[-1] == "speech_unheard"
    with pytest.raises(MissingKey):
        caption_new_clips(customer, [clip_id], project_id, "speech")


def test_a_later_render_hears_only_what_came_into_the_edit_since(
    customer: RunContext, project_id: UUID, talking: dict[str, Path], eleven: FakeElevenLabs
) -> None:
    film, other = (taken_in(customer, talking[name]) for name in ("beeps", "more"))
    clip_id = new_clip(customer, project_id, (film, 0.0, 1.0))
    assert not caption_clip_again(customer, clip_id, project_id, None), "it never had captions"
    assert caption_clip_again(customer, clip_id, project_id, "speech")
    assert not caption_clip_again(customer, clip_id, project_id, "speech")
    first = edit_of(customer, clip_id)
    change(customer, clip_id, cuts=(*first.cuts, Cut(footage_id=other, start_s=0.0, end_s=1.0)))
    assert [row.id for row in footage_to_hear(customer, [clip_id], None)] == [other]
    assert load_clip(customer, clip_id).unheard == ["more.mp4"]

    assert caption_clip_again(customer, clip_id, project_id, None)

    assert first.speech is not None
    after = edit_of(customer, clip_id).speech
    assert after is not None
    assert after.heard[:1] == first.speech.heard
    assert after.of(other) is not None
    assert len(eleven.paid_requests("transcript")) == 2
    assert footage_to_hear(customer, [clip_id], None) == []
    assert caption_clip_again(customer, clip_id, project_id, "none")
    assert edit_of(customer, clip_id).speech is None


def test_many_clips_follow_what_came_into_them_and_the_others_stay(
    customer: RunContext, project_id: UUID, talking: dict[str, Path], eleven: FakeElevenLabs
) -> None:
    # given two clips of two projects whose captions lack a footage, one that has none, and one that is told
    film = taken_in(customer, talking["beeps"])
    second = Project(profile_id=customer.profile_id, name="More talk")
    with customer.session() as session:
        session.add(second)
        second_id = second.id
    old, other, bare, told_all = (
        new_clip(customer, project, (film, 0.0, 1.0), variant=variant)
        for variant, project in enumerate((project_id, second_id, project_id, project_id), start=1)
    )
    change(customer, old, speech=OwnSpeech())
    change(customer, other, speech=OwnSpeech())
    caption_clip_again(customer, told_all, project_id, "speech")
    asked = (bare, old, told_all, other)
    assert [row.id for row in footage_to_hear(customer, asked, None)] == [film]

    assert caption_new_cuts(customer, asked) == [old, other]

    heard = edit_of(customer, told_all).speech
    assert [edit_of(customer, clip_id).speech for clip_id in (old, other)] == [heard, heard]
    assert edit_of(customer, bare).speech is None
    assert len(eleven.paid_requests("transcript")) == 1
    assert caption_new_cuts(customer, asked) == []


def test_what_nobody_can_hear_any_more_is_told_when_captions_are_burned(
    customer: RunContext, project_id: UUID, talking: dict[str, Path], tmp_path: Path
) -> None:
    clip_id = new_clip(customer, project_id, (taken_in(customer, talking["beeps"]), 0.0, 1.0))
    change(customer, clip_id, speech=OwnSpeech())
    choose(customer, voice="offline")

    assert not caption_clip_again(customer, clip_id, project_id, None)

    loaded = load_clip(customer, clip_id)
    assert burn_captions(customer, loaded, find_preset("reels"), duration_s=1.0, folder=tmp_path) is None
    assert told(customer)[-1] == "speech_unheard"


def test_a_script_has_its_own_captions(
    customer: RunContext, project_id: UUID, talking: dict[str, Path]
) -> None:
    film = taken_in(customer, talking["beeps"])
    clip_id = new_clip(customer, project_id, (film, 0.0, 1.0))
    voice = VoiceTrack(voice_over_id=film, duration_s=1.0)
    heard = HeardFootage(footage_id=film, transcript_id=film)
    change(customer, clip_id, voice=voice, speech=OwnSpeech(heard=(heard,)))

    with pytest.raises(BadInput, match="This clip has a script"):
        caption_clip_again(customer, clip_id, project_id, "speech")
    assert not caption_clip_again(customer, clip_id, project_id, None)
    assert footage_to_hear(customer, [clip_id], None) == []
