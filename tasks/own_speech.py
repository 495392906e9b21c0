"""Captions of the footage's own speech: whether clips get them, and the note in each edit where from.

Apart from `tasks.transcripts`, which listens to one footage, because this looks at clips.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from models.clip import Clip
from models.edit import CaptionsFrom, Edit, HeardFootage, OwnSpeech
from models.errors import BadInput
from models.footage import Footage
from models.secrets import has_key
from tasks.clips import load_clip
from tasks.provider_choice import Customer, chosen_listener, settings_of
from tasks.run_context import RunContext
from tasks.transcripts import hear_footage

#: The stage of the flows that listen.
STAGE = "hear speech"


def is_heard_by_default(customer: Customer) -> bool:
    """Whether clips without a script get captions of their footage's speech when nobody says anything.

    Only where the profile pays for its voice anyway: it chose ElevenLabs and has a key for it.
    """
    return settings_of(customer).voice == "elevenlabs" and has_key(
        customer.database, customer.profile_id, "elevenlabs"
    )


def wants_speech(customer: Customer, captions: CaptionsFrom | None) -> bool:
    """Whether new clips without a script get captions of their footage's speech.

    Args:
        customer: Whose clips.
        captions: What was asked for; None leaves it to the profile.

    Raises:
        BadInput, MissingKey: they were asked for, and the profile has nobody who could hear it.
    """
    if captions == "speech":
        with chosen_listener(customer, settings_of(customer)):
            return True
    return captions is None and is_heard_by_default(customer)


def caption_new_clips(
    run: RunContext, clip_ids: Sequence[UUID], project_id: UUID, captions: CaptionsFrom | None
) -> None:
    """Gives new clips without a voice the captions that were asked for, or that the profile gets.

    Raises:
        BadInput, MissingKey: as `wants_speech`.
        BudgetRefused, ProviderRefused, ProviderUnavailable: from listening.
    """
    if wants_speech(run, captions):
        run.enter(STAGE)
        _caption(run, clip_ids, project_id, is_asked=captions == "speech")
    elif captions is None and settings_of(run).voice == "elevenlabs":
        run.tell(
            "speech_unheard",
            "What is said in the footage gets no captions: there is no ElevenLabs key to have it heard with.",
        )


def caption_clip_again(
    run: RunContext, clip_id: UUID, project_id: UUID, captions: CaptionsFrom | None
) -> bool:
    """Gives a clip the captions that are asked for; returns whether its edit changed.

    Without a wish they stay what they are; footage that came into the edit since is listened to where the
    profile does so by default.

    Raises:
        BadInput: the clip has a script and its captions, or the profile has nobody who could hear it.
        MissingKey, BudgetRefused, ProviderRefused, ProviderUnavailable: from listening.
        NotFound: the profile has no such clip.
    """
    edit = _edit(run, clip_id)
    _check_clip(edit, captions)
    if captions is None:
        return bool(caption_new_cuts(run, [clip_id]))
    if captions == "none":
        return _note(run, clip_id, None)
    if _unheard(edit, captions):
        run.enter(STAGE)
    return bool(_caption(run, [clip_id], project_id, is_asked=True))


def caption_new_cuts(run: RunContext, clip_ids: Sequence[UUID]) -> list[UUID]:
    """Listens to footage that came into clips after they got captions of their speech.

    Only where the profile does so by default. Other clips stay what they are.

    Args:
        run: The run.
        clip_ids: Clips of one project or several; what is paid is booked to the clip's project.

    Returns:
        The clips whose edit changed.

    Raises:
        BudgetRefused, ProviderRefused, ProviderUnavailable: from listening.
        NotFound: the profile has not all of the clips.
    """
    if not is_heard_by_default(run):
        return []
    by_project: dict[UUID, list[UUID]] = {}
    with run.reading() as session:
        for clip in [session.require(Clip, clip_id) for clip_id in clip_ids]:
            if _unheard(Edit.model_validate(clip.edit), None):
                by_project.setdefault(clip.project_id, []).append(clip.id)
    if by_project:
        run.enter(STAGE)
    return [
        changed
        for project_id, waiting in by_project.items()
        for changed in _caption(run, waiting, project_id, is_asked=False)
    ]


def footage_to_hear(
    customer: Customer, clip_ids: Sequence[UUID], captions: CaptionsFrom | None
) -> Sequence[Footage]:
    """The footage that `caption_clip_again` would listen to; raises as it does, but asks nobody."""
    with customer.reading() as session:
        edits = [Edit.model_validate(session.require(Clip, clip_id).edit) for clip_id in clip_ids]
        for edit in edits:
            _check_clip(edit, captions)
        unheard = {footage_id for edit in edits for footage_id in _unheard(edit, captions)}
        footage = session.exec(select(Footage).where(col(Footage.id).in_(unheard))).all()
    if captions is None and not is_heard_by_default(customer):
        return ()
    return footage


def _check_clip(edit: Edit, captions: CaptionsFrom | None) -> None:
    if captions is not None and edit.voice is not None:
        raise BadInput("This clip has a script, whose words its captions show. Leave out --captions.")


def _unheard(edit: Edit, captions: CaptionsFrom | None) -> list[UUID]:
    """Footage that has to be heard for the captions that are asked for; None asks for what they are."""
    if captions == "speech" or (captions is None and edit.voice is None and edit.speech is not None):
        return _unheard_footage(edit)
    return []


def _unheard_footage(edit: Edit) -> list[UUID]:
    """Footage of an edit's cuts that was not listened to for it, each once, in order."""
    speech = edit.speech or OwnSpeech()
    return list(dict.fromkeys(cut.footage_id for cut in edit.cuts if speech.of(cut.footage_id) is None))


def _caption(run: RunContext, clip_ids: Sequence[UUID], project_id: UUID, *, is_asked: bool) -> list[UUID]:
    """Listens to what the clips show and notes it in their edits; returns the clips that changed."""
    edits = {clip_id: edit for clip_id in clip_ids if (edit := _edit(run, clip_id)).voice is None}
    wanted = list(dict.fromkeys(each for edit in edits.values() for each in _unheard_footage(edit)))
    heard: dict[UUID, HeardFootage] = {}
    for done, footage_id in enumerate(wanted, start=1):
        if found := hear_footage(run, footage_id, project_id):
            heard[footage_id] = found
        run.progress(STAGE)(done / len(wanted))
    changed = []
    for clip_id, edit in edits.items():
        before = edit.speech or OwnSpeech()
        shown = dict.fromkeys(cut.footage_id for cut in edit.cuts)
        found_all = [before.of(footage_id) or heard.get(footage_id) for footage_id in shown]
        if _note(run, clip_id, OwnSpeech(heard=tuple(found for found in found_all if found))):
            changed.append(clip_id)
        if all(found_all):
            _tell_if_wordless(run, clip_id, is_asked=is_asked)
    return changed


def _tell_if_wordless(run: RunContext, clip_id: UUID, *, is_asked: bool) -> None:
    clip = load_clip(run, clip_id)
    if not clip.words:
        tell = run.warn if is_asked else run.tell
        message = f"Clip {clip.variant} has no captions: nothing is said in what it shows."
        tell("no_speech", message, clip_id=str(clip_id))


def _edit(run: RunContext, clip_id: UUID) -> Edit:
    with run.reading() as session:
        return Edit.model_validate(session.require(Clip, clip_id).edit)


def _note(run: RunContext, clip_id: UUID, speech: OwnSpeech | None) -> bool:
    """Writes into a clip's edit where its captions come from; returns whether that is new."""
    with run.session() as session:
        clip = session.require(Clip, clip_id)
        edit = Edit.model_validate(clip.edit)
        if edit.speech == speech:
            return False
        clip.edit = edit.model_copy(update={"speech": speech}).model_dump(mode="json")
        return True
