"""Voice and analysis: who judges the footage, who speaks the scripts, and how."""

from typing import Final, get_args

import streamlit as st

from models.prices import Operation, PriceTable
from models.provider_settings import (
    AnalyserName,
    Fallback,
    GeminiBackend,
    ProviderSettings,
    provider_settings,
    store_provider_settings,
)
from models.tenant import now_utc
from ui.app_pages.project_steps.script_voice import draw_voice
from ui.components.desk import Desk
from ui.components.messages import tried

_ANALYSERS: Final[dict[AnalyserName, str]] = {"offline": "Offline, free", "gemini": "Gemini"}
_FALLBACKS: Final[dict[Fallback, str]] = {
    "none": "The run stops and says why",
    "offline": "The run goes on offline, and says so",
}
_AUTO: Final = "auto"


def draw(desk: Desk) -> None:
    """Draws the section."""
    settings = provider_settings(desk.profile)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Voice")
        draw_voice(desk, "")
    with right:
        st.subheader("Analysis")
        analyser = st.segmented_control(
            "Who judges the footage",
            list(_ANALYSERS),
            default=settings.analyser,
            required=True,
            format_func=_ANALYSERS.__getitem__,
            disabled=not desk.can_edit,
            key=f"analyser_{settings.analyser}",
        )
        st.caption(
            "Offline measures sharpness, motion and light. Gemini looks at the pictures and says what is in "
            "them; it is paid once for each segment."
        )
    if analyser != settings.analyser and tried(lambda: _save(desk, analyser=analyser), done="Saved"):
        st.rerun()
    _draw_details(desk, settings)


def _draw_details(desk: Desk, settings: ProviderSettings) -> None:
    """Everything else, saved together."""
    is_on = desk.can_edit
    with st.form("voice_details", enter_to_submit=False):
        gemini: dict[str, object] = {}
        if settings.analyser == "gemini":
            gemini = _draw_gemini(settings, is_on)
        changes: dict[str, object] = {}
        if settings.voice == "elevenlabs":
            changes = _draw_elevenlabs(settings, is_on)
        st.markdown("**Pauses**")
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            are_trimmed = st.toggle("Shorten long pauses", settings.pauses.are_trimmed, disabled=not is_on)
            longer_s = st.number_input(
                "Those over, in seconds", 0.1, 3.0, settings.pauses.longer_than_s, 0.05, width=170,
                disabled=not is_on,
            )  # fmt: skip
            to_s = st.number_input(
                "become, in seconds", 0.02, 1.0, settings.pauses.shortened_to_s, 0.05, width=170,
                disabled=not is_on,
            )  # fmt: skip
        fallback = st.radio(
            "When Gemini or ElevenLabs can't be had",
            list(_FALLBACKS),
            index=list(_FALLBACKS).index(settings.fallback),
            format_func=_FALLBACKS.__getitem__,
            disabled=not is_on,
        )
        is_wanted = st.form_submit_button("Save", type="primary", disabled=not is_on)
    if is_wanted and tried(
        lambda: _save(
            desk,
            fallback=fallback,
            gemini=gemini,
            elevenlabs=changes,
            pauses={"are_trimmed": are_trimmed, "longer_than_s": longer_s, "shortened_to_s": to_s},
        ),
        done="Saved; what is made from now on follows it",
    ):
        st.rerun()


def _draw_gemini(settings: ProviderSettings, is_on: bool) -> dict[str, object]:
    st.markdown("**Gemini**")
    with st.container(horizontal=True, gap="small"):
        model = _model("Model", "analysis", settings.gemini.model, is_on)
        backend = st.selectbox(
            "Client library",
            get_args(GeminiBackend),
            index=get_args(GeminiBackend).index(settings.gemini.backend),
            disabled=not is_on,
            width=230,
        )
    return {"model": model, "backend": backend}


def _draw_elevenlabs(settings: ProviderSettings, is_on: bool) -> dict[str, object]:
    spoken = settings.elevenlabs
    st.markdown("**ElevenLabs**")
    with st.container(horizontal=True, gap="small"):
        model = _model("Voice model", "speech", spoken.model, is_on)
        listener = _model("Model that hears footage", "transcription", spoken.transcription_model, is_on)
        language = st.text_input(
            "Language",
            spoken.language or _AUTO,
            max_chars=4,
            help='A code such as "ro"; auto tells it by the text.',
            width=110,
            disabled=not is_on,
        )
        concurrency = st.text_input(
            "Calls at once",
            str(spoken.concurrency or _AUTO),
            max_chars=4,
            help="Auto is what the plan allows.",
            width=110,
            disabled=not is_on,
        )
        characters_per_request = st.text_input(
            "Characters at once",
            str(spoken.characters_per_request or _AUTO),
            max_chars=6,
            help="Longer scripts are spoken in parts, split between sentences. Auto is what the model takes.",
            width=140,
            disabled=not is_on,
        )
    first, second = st.columns(2, gap="medium")
    stability = first.slider(
        "Stability: lively to even", 0.0, 1.0, spoken.stability, 0.05, disabled=not is_on
    )
    similarity = second.slider(
        "Similarity to the voice", 0.0, 1.0, spoken.similarity, 0.05, disabled=not is_on
    )
    style = first.slider("Style", 0.0, 1.0, spoken.style, 0.05, disabled=not is_on)
    speed = second.slider("Speed", 0.7, 1.2, spoken.speed, 0.05, disabled=not is_on)
    return {
        "model": model,
        "transcription_model": listener,
        "language": language.strip().lower() or _AUTO,
        "concurrency": concurrency.strip().lower() or _AUTO,
        "characters_per_request": characters_per_request.strip().lower() or _AUTO,
        "stability": stability,
        "similarity": similarity,
        "style": style,
        "speed": speed,
    }


def _model(label: str, operation: Operation, model: str, is_on: bool) -> str:
    """A choice among the models with a known price, and the one that is set."""
    known = PriceTable.load().models(operation, now_utc().date())
    offered = list(dict.fromkeys([model, *known]))
    return st.selectbox(label, offered, disabled=not is_on, width=230)


def _save(desk: Desk, **changes: object) -> None:
    with desk.writing() as session:
        settings = provider_settings(session.profile).changed(**changes)  # type: ignore[arg-type]  # checked there
        store_provider_settings(session, settings)
