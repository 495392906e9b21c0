"""Starting what makes clips: the first ones, more of them, more like one, new drafts after a change."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import streamlit as st
from sqlmodel import col, func, select

from models.clip import Clip
from models.edit import Edit
from models.limits import MAX_CLIP_S, MAX_VARIANTS, MIN_CLIP_S
from models.project import Project
from ui.components.desk import Desk
from ui.components.places import go
from ui.components.starting import start_run
from ui.components.wording import count, escape

#: What fits into every number that a seed passes through.
_MOST_SEED = 2**31 - 1

#: How many "more" are.
MORE = 3


def generate(
    desk: Desk,
    project: Project,
    *,
    variants: int,
    duration_s: float | None = None,
    seed: int | None = None,
    like: Clip | None = None,
    voiced: Clip | None = None,
    segment_ids: Sequence[UUID] = (),
    order: Literal["best", "given"] = "best",
) -> None:
    """Starts making clips and shows the variants; behind its quote when it can cost something.

    Call it in a button's branch.

    Args:
        desk: Whose.
        project: Whose footage is used.
        variants: How many clips.
        duration_s: Seconds of each; the liked clip's, else the project's when None.
        seed: Equal seeds give equal clips; a new one when None.
        like: Make other pictures in the manner of this clip.
        voiced: Speak the script of this clip; its length decides.
        segment_ids: Cut from these only.
        order: "given" keeps their order.
    """
    parameters = {
        "project_id": project.id,
        "variants": variants,
        "duration_s": duration_s,
        "seed": _next_seed(desk, project.id) if seed is None else seed,
        "like_clip_id": None if like is None else like.id,
        "voice_clip_id": None if voiced is None else voiced.id,
        "segment_ids": list(segment_ids),
        "order": order,
    }
    made_of = f" of {count(len(segment_ids), 'chosen segment')}" if segment_ids else ""
    manner = f", like {escape(like.name)}" if like else ", with the project's script" if voiced else ""
    model = like or voiced
    length_s = duration_s or (model.duration_s if model else project.target_duration_s)
    start_run(
        desk,
        "generate_clips",
        parameters,
        title=f"generate {count(variants, 'clip')}",
        heading=f"Generate {count(variants, 'clip')}",
        what=f"{count(variants, 'variant')}, {length_s:.0f} s each{made_of}{manner}.",
        project_id=project.id,
        on_started=lambda _: go(desk.slug, "project", project=project.id, step="variants"),
    )


def _next_seed(desk: Desk, project_id: UUID) -> int:
    """Another one than of any clip that the project has, so that other clips come out."""
    with desk.reading() as session:
        last = session.exec(select(func.max(col(Clip.variant))).where(Clip.project_id == project_id)).one()
    return (last or 0) + 1


def _voice_of_all(desk: Desk, project_id: UUID) -> Clip | None:
    """A clip with the voice-over that all clips of the project share; None if any has another or none."""
    with desk.reading() as session:
        of_project = select(Clip).where(Clip.project_id == project_id).order_by(col(Clip.variant))
        clips = session.exec(of_project).all()
    voices = [Edit.model_validate(clip.edit).voice for clip in clips]
    shared = {None if voice is None else voice.voice_over_id for voice in voices}
    return clips[-1] if len(shared) == 1 and None not in shared else None


def draw_first(desk: Desk, project: Project) -> None:
    """The form for a project without clips."""
    with (
        st.container(horizontal_alignment="center"),
        st.form(f"first_clips_{project.id}", width=460, enter_to_submit=False),
    ):
        with st.container(horizontal=True, gap="small"):
            variants = st.number_input("Variants", 1, MAX_VARIANTS, 3, width=130)
            duration_s = st.number_input(
                "Seconds each", MIN_CLIP_S, MAX_CLIP_S, project.target_duration_s, 1.0, "%.0f", width=130
            )
            seed = st.number_input("Seed", 0, _MOST_SEED, 1, help="Equal seeds give equal clips.", width=130)
        is_wanted = st.form_submit_button(
            "Generate clips", type="primary", icon=":material/auto_awesome_motion:", width="stretch"
        )
    if is_wanted:
        generate(desk, project, variants=variants, duration_s=duration_s, seed=seed)


def draw_more(desk: Desk, project: Project) -> None:
    """The verbs above the cards of a project that has clips."""
    if st.button(
        f"{MORE} more",
        icon=":material/add:",
        key="more_clips",
        help="With the script of the clips that are here, if they all speak the same.",
    ):
        generate(desk, project, variants=MORE, voiced=_voice_of_all(desk, project.id))
    with st.popover("Others", icon=":material/tune:"):
        variants = st.number_input("Variants", 1, MAX_VARIANTS, MORE, key="other_variants")
        duration_s = st.number_input(
            "Seconds each",
            MIN_CLIP_S,
            MAX_CLIP_S,
            project.target_duration_s,
            1.0,
            "%.0f",
            key="other_length",
        )
        seed = st.number_input(
            "Seed", 0, _MOST_SEED, None, placeholder="A new one", key="other_seed",
            help="Equal seeds give equal clips, as long as the footage and the other clips are the same.",
        )  # fmt: skip
        if st.button("Generate", type="primary", key="other_go"):
            generate(desk, project, variants=variants, duration_s=duration_s, seed=seed)


def update_drafts(desk: Desk, project: Project, clip_ids: Sequence[UUID]) -> None:
    """Starts new drafts of changed clips; behind a quote where footage that is new in them has to be heard.

    Call it in a button's branch.
    """
    drafts = count(len(clip_ids), "draft")
    start_run(
        desk,
        "recut_drafts",
        {"clip_ids": list(clip_ids)},
        title=f"renew {drafts}",
        heading=f"Renew {drafts}",
        what="What is said in footage that is new in these clips is listened to, for their captions.",
        project_id=project.id,
    )
