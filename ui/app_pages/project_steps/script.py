"""Step 4: what is said over the clips, and by which voice."""

from typing import Final, Literal

import streamlit as st

from models.clip_edits import set_caption_source, set_script
from models.limits import MAX_SCRIPT_CHARACTERS
from models.project import Project
from models.provider_settings import provider_settings
from ui.app_pages.project_steps.script_clips import ScriptedClip, draw_clip, read_clips
from ui.app_pages.project_steps.script_voice import draw_voice
from ui.components.clip_choice import choose_clips, names_of, project_clips
from ui.components.desk import Desk
from ui.components.dialogs import confirm
from ui.components.messages import tried
from ui.components.places import go
from ui.components.script_length import Pace, fit_sentence, spoken_s
from ui.components.wording import count, escape

Words = Literal["script", "speech", "none"]

_WORDS: Final[dict[Words, str]] = {
    "script": ":material/edit_note: A script",
    "speech": ":material/hearing: The footage's own speech",
    "none": ":material/volume_off: No words",
}


def draw(desk: Desk, project: Project) -> None:
    """Draws the step."""
    lines = project_clips(desk, project)
    if not lines:
        return
    chosen = choose_clips(lines, key=f"script_clips_{project.id}")
    if not chosen:
        st.caption("Choose at least one variant.")
        return
    scripted, pace = read_clips(desk, [line.id for line in chosen])
    left, right = st.columns([3, 2], gap="large")
    with left:
        words = choose_words(project, scripted)
        text = draw_text(desk, project, scripted, pace) if words == "script" else ""
        if words == "speech":
            draw_speech(desk)
        elif words == "none":
            st.caption("Nothing is said and nothing is written: the clips have their own sound only.")
        draw_save(desk, project, scripted, words, text, who=names_of(chosen))
    with right:
        draw_voice(desk, text or scripted[0].edit.script or "")
    st.subheader("As they are now")
    with st.grid("auto", min_column_width=320, gap="medium") as grid:
        for clip in scripted:
            with grid.cell():
                draw_clip(desk, clip, pace)


def choose_words(project: Project, clips: list[ScriptedClip]) -> Words:
    """Where the words of the clips come from; a clip without any is there to be given a script."""
    now: Words = "speech" if all(clip.shows_speech for clip in clips) else "script"
    chosen = st.segmented_control(
        "Words",
        list(_WORDS),
        default=now,
        required=True,
        format_func=_WORDS.__getitem__,
        # Another key for each state: what is stored must not be overruled by an earlier click.
        key=f"words_{project.id}_{now}",
        label_visibility="collapsed",
        wrap=True,
    )
    return chosen or now


def draw_text(desk: Desk, project: Project, clips: list[ScriptedClip], pace: Pace) -> str:
    """The script, and how long it is against the clips."""
    stored = next((clip.edit.script for clip in clips if clip.edit.script), "")
    key, base = f"script_{project.id}", f"script_before_{project.id}"
    # What somebody has typed stays when other clips are chosen; what they only looked at does not.
    if st.session_state.get(key) in (None, st.session_state.get(base)):
        st.session_state[key] = stored
    st.session_state[base] = stored
    text = st.text_area(
        "Script",
        key=key,
        height=200,
        max_chars=MAX_SCRIPT_CHARACTERS,
        placeholder="What the voice says. Short sentences sound best.",
        disabled=not desk.can_edit,
    )
    if len({clip.edit.script for clip in clips} - {None}) > 1:
        st.caption(
            ":material/info: These variants have different scripts. Saving gives all of them this one; "
            "choose one above to edit it alone."
        )
    draw_length(clips, text, pace)
    return text


def draw_length(clips: list[ScriptedClip], text: str, pace: Pace) -> None:
    """How long the script is spoken, measured where it was spoken already, against each clip."""
    known = next((clip.voice for clip in clips if clip.says(text)), None)
    length_s = known.duration_s if known else spoken_s(text, pace)
    if not length_s:
        return
    fits = {escape(clip.clip.name): fit_sentence(length_s, clip.clip.duration_s) for clip in clips}
    if len(set(fits.values())) == 1:
        become = next(iter(fits.values()))
    else:
        become = "; ".join(f"{name}: {fit}" for name, fit in fits.items())
    spoken = f"{length_s:.1f} s spoken" if known else f"About {length_s:.0f} s spoken"
    st.caption(f":material/timer: {spoken}; {become}.")


def draw_speech(desk: Desk) -> None:
    """What hearing the footage takes."""
    st.caption(
        "Captions show what is said in the footage, heard by ElevenLabs when you render. "
        "Each footage is heard once; the quote before rendering says what it costs."
    )
    if provider_settings(desk.profile).voice == "offline":
        st.warning(
            "What is said in the footage can't be heard offline. Choose an ElevenLabs voice or a script.",
            icon=":material/hearing_disabled:",
        )


def draw_save(
    desk: Desk, project: Project, clips: list[ScriptedClip], words: Words, text: str, *, who: str
) -> None:
    """Keeps it, and the way on."""
    changed = [clip for clip in clips if clip.differs(words, text)]

    def save() -> None:
        with desk.writing() as session:
            for clip in changed:
                if words == "script":
                    set_script(session, clip.clip.id, text)
                else:
                    set_script(session, clip.clip.id, None)
                    set_caption_source(session, clip.clip.id, words)

    with st.container(horizontal=True, vertical_alignment="center"):
        label = "Save" if len(changed) < 2 else f"Save for {count(len(changed), 'variant')}"
        is_wanted = st.button(
            label, type="primary", key="save_script", disabled=not (desk.can_edit and changed)
        )
        if st.button("Go to render", icon=":material/movie:", type="tertiary", key="script_to_render"):
            go(desk.slug, "project", project=project.id, step="render")
    if is_wanted:
        written = [clip for clip in changed if clip.edit.script is not None]
        if words != "script" and written:
            confirm(
                f"Take the script away from {who}?",
                ["The text is gone; what was spoken stays in the library and is found again."],
                verb="Take away",
                action=save,
            )
        elif tried(save, done="Saved; the voice speaks it when you render"):
            st.rerun()
    if not changed and words == "script" and any(clip.is_unspoken for clip in clips):
        st.caption(f"Saved for {who}; the voice speaks it when you render.")
