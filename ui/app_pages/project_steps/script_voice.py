"""The script step's voice: who speaks for this profile, what it sounds like, and choosing another."""

import contextlib
from collections.abc import Sequence
from typing import Final

import streamlit as st

from models.errors import MissingKey, ReelflowError
from models.provider_settings import VoiceName, provider_settings, store_provider_settings
from ui.components.advice import said
from ui.components.desk import Desk, open_desk
from ui.components.messages import tried
from ui.components.places import link
from ui.components.wording import escape
from ui.voices import OfferedVoice, offered_voices, offline_sample, sample_text

_PROVIDERS: Final[dict[VoiceName, str]] = {"offline": "Offline, free", "elevenlabs": "ElevenLabs"}

#: eSpeak NG's own variants of every language.
_VARIANTS: Final = {
    "": "Standard",
    **{f"f{number}": f"Female {number}" for number in range(1, 6)},
    **{f"m{number}": f"Male {number}" for number in range(1, 9)},
}

#: So many voices are drawn with their player; a search finds the rest.
_SHOWN = 8

_KEPT = "10m"


def voice_name(desk: Desk) -> str:
    """The profile's voice in a sentence."""
    settings = provider_settings(desk.profile)
    if settings.voice == "offline":
        return f"The offline voice {desk.profile.voice}"
    voice_id = settings.elevenlabs.voice_id or ""
    name = known_name(voice_id)
    return f"The ElevenLabs voice {voice_id}" if name == voice_id else name


def known_name(voice_id: str) -> str:
    """What people call a voice, as far as this browser session has seen it; else its id."""
    return str(st.session_state.get(_name_key(voice_id), voice_id))


def draw_voice(desk: Desk, script: str) -> None:
    """Who speaks, with a sample."""
    with st.container(border=True, gap="small"):
        if provider_settings(desk.profile).voice == "offline":
            draw_offline_now(desk, script)
        else:
            draw_elevenlabs_now()
        if desk.can_edit and st.button("Change voice", icon=":material/swap_horiz:", key="change_voice"):
            choose_voice(script)
        st.caption(f"All scripts of {escape(desk.profile.name)} are spoken by this voice.")


def draw_offline_now(desk: Desk, script: str) -> None:
    """The offline voice in use; its sample is the script itself."""
    st.markdown(f":material/record_voice_over: **{escape(voice_name(desk))}**")
    st.caption("Works on this machine and costs nothing. It is clear, not warm.")
    if st.button(
        "Listen", icon=":material/volume_up:", key="listen", help="Speaks the script's first sentence."
    ):
        play_sample(desk.profile.voice, script, autoplay=True)


@st.fragment(parallel=True, key="voice_now")
def draw_elevenlabs_now() -> None:
    """The ElevenLabs voice in use, by its name and sample as the service has them, beside the page."""
    desk = open_desk()
    spoken = provider_settings(desk.profile).elevenlabs
    mine = None
    with st.skeleton(height=90), contextlib.suppress(ReelflowError):  # it speaks without its name as well
        mine = next((one for one in _voices(desk, "elevenlabs") if one.id == spoken.voice_id), None)
    if mine:
        st.session_state[_name_key(mine.id)] = mine.name
    st.markdown(f":material/record_voice_over: **{escape(mine.name if mine else voice_name(desk))}**")
    st.caption(f"ElevenLabs · {spoken.model} · speed {spoken.speed:g} · stability {spoken.stability:g}")
    if mine and mine.sample_url:
        st.audio(mine.sample_url, alt=f"Sample of {mine.name}")


@st.dialog("Choose a voice", width="medium")
def choose_voice(script: str) -> None:
    """The voices that the profile can have, each with its sample."""
    desk = open_desk()
    now = provider_settings(desk.profile).voice
    provider = st.segmented_control(
        "Provider",
        list(_PROVIDERS),
        default=now,
        required=True,
        format_func=_PROVIDERS.__getitem__,
        label_visibility="collapsed",
        key="voice_provider",
    )
    try:
        with st.skeleton(height=160):
            voices = _voices(desk, provider or now)
    except MissingKey:
        st.info(f"{desk.profile.name} has no ElevenLabs key yet.", icon=":material/key:")
        link(desk.slug, "settings", "Add the key under Settings", icon=":material/tune:", section="keys")
        return
    except ReelflowError as error:
        st.error(said(error))
        return
    if provider == "elevenlabs":
        draw_elevenlabs(desk, voices)
    else:
        draw_offline(desk, voices, script)


def draw_offline(desk: Desk, voices: Sequence[OfferedVoice], script: str) -> None:
    """Languages with variants; the sample speaks the script itself."""
    names = {voice.id: voice.name for voice in voices}
    language, _, variant = desk.profile.voice.partition("+")
    left, right = st.columns(2)
    chosen = left.selectbox(
        "Language",
        list(names),
        index=list(names).index(language) if language in names else 0,
        format_func=lambda voice: f"{names[voice]} ({voice})",
        key="offline_language",
    )
    manner = right.selectbox(
        "Voice",
        list(_VARIANTS),
        index=list(_VARIANTS).index(variant) if variant in _VARIANTS else 0,
        format_func=_VARIANTS.__getitem__,
        key="offline_variant",
    )
    voice = f"{chosen}+{manner}" if manner else str(chosen)
    play_sample(voice, script)
    if st.button("Use this voice", type="primary", key="use_offline"):
        _use(desk, "offline", voice)


def draw_elevenlabs(desk: Desk, voices: Sequence[OfferedVoice]) -> None:
    """The account's voices, as the service describes them."""
    if not voices:
        st.write("There are no voices on this account: add one at https://elevenlabs.io/app/voice-library.")
        return
    search = st.text_input("Search", placeholder="Name, accent, use", key="voice_search").casefold().split()
    found = [voice for voice in voices if all(word in _about(voice).casefold() for word in search)]
    current = provider_settings(desk.profile).elevenlabs.voice_id
    for voice in found[:_SHOWN]:
        with st.container(border=True, gap="xsmall"):
            with st.container(horizontal=True, horizontal_alignment="distribute"):
                st.markdown(f"**{escape(voice.name)}**", width="content")
                if voice.id == current:
                    st.badge("in use", icon=":material/check:", color="green")
                elif st.button("Use", key=f"use_{voice.id}"):
                    st.session_state[_name_key(voice.id)] = voice.name
                    _use(desk, "elevenlabs", voice.id)
            st.caption(escape(", ".join(filter(None, (voice.category, *voice.labels.values())))))
            if voice.sample_url:
                st.audio(voice.sample_url, alt=f"Sample of {voice.name}")
    if len(found) > _SHOWN:
        st.caption(f"{len(found) - _SHOWN} more; search to find them.")
    elif not found:
        st.caption("No voice has all these words.")


def play_sample(voice: str, script: str, *, autoplay: bool = False) -> None:
    """The script's first sentence, spoken by an offline voice."""
    samples: list[bytes] = []
    if tried(lambda: samples.append(_sample(voice, sample_text(script)))):
        st.audio(samples[0], autoplay=autoplay, alt=f"Sample of the voice {voice}")


def _use(desk: Desk, provider: VoiceName, voice: str) -> None:
    def change() -> None:
        with desk.writing() as session:
            settings = provider_settings(session.profile)
            spoken = {"voice_id": voice} if provider == "elevenlabs" else None
            store_provider_settings(session, settings.changed(voice=provider, elevenlabs=spoken))
            if provider == "offline":
                session.profile.voice = voice

    if tried(change, done="Voice chosen; scripts are spoken by it from now on"):
        st.rerun()


@st.cache_data(
    ttl=_KEPT,
    show_spinner=False,
    hash_funcs={Desk: lambda desk: f"{desk.settings.home_dir}/{desk.profile.id}"},
)
def _voices(desk: Desk, provider: VoiceName) -> tuple[OfferedVoice, ...]:
    return offered_voices(desk, provider)


@st.cache_data(ttl=_KEPT, max_entries=64, show_spinner=False)
def _sample(voice: str, text: str) -> bytes:
    return offline_sample(voice, text)


def _name_key(voice_id: str) -> str:
    return f"name_of_voice_{voice_id}"


def _about(voice: OfferedVoice) -> str:
    return " ".join((voice.name, voice.category, voice.description, *voice.labels.values()))
