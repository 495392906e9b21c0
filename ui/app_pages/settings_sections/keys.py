"""Keys: stored sealed, tested by a request that costs nothing, and never shown again."""

import streamlit as st
from pydantic import SecretStr

from models.access import Role
from models.secrets import (
    KEYED_PROVIDERS,
    PROVIDER_TITLES,
    KeyedProvider,
    KeySource,
    key_source,
    remove_key,
    set_key,
)
from ui.components.advice import in_panel
from ui.components.desk import Desk
from ui.components.dialogs import confirm
from ui.components.messages import tried
from ui.components.wording import escape
from ui.key_trial import KeyTrial, try_profile_key

_USES = {
    "gemini": "Judges footage. Make a key at https://aistudio.google.com/apikey.",
    "elevenlabs": "Speaks scripts and hears footage. Make a key at https://elevenlabs.io/app/settings/api-keys.",
}


def draw(desk: Desk) -> None:
    """Draws the section."""
    columns = st.columns(len(KEYED_PROVIDERS), gap="large")
    for column, provider in zip(columns, KEYED_PROVIDERS, strict=True):
        with column, st.container(border=True):
            _draw_provider(desk, provider)
    st.caption(
        "Keys are sealed before they are stored, opened for a call only, and shown nowhere. "
        "A key of this profile goes before the installation's."
    )


def _draw_provider(desk: Desk, provider: KeyedProvider) -> None:
    title, source = PROVIDER_TITLES[provider], key_source(desk.database, desk.profile.id, provider)
    st.markdown(f"**{title}** {_badge(source)}")
    st.caption(_USES[provider])
    trial_key = f"trial_{provider}_{desk.profile.id}"
    if desk.can_own:
        _draw_form(desk, provider, trial_key)
    else:
        st.caption("Owners set and remove keys.")
    with st.container(horizontal=True, gap="small"):
        if st.button(
            "Test",
            icon=":material/network_check:",
            key=f"test_{provider}",
            disabled=source is None,
            help="Asks the service whether it takes the key; costs nothing.",
        ):
            with st.spinner(f"Asking {title}…"):
                st.session_state[trial_key] = try_profile_key(desk, provider)
        if (
            source == "profile"
            and desk.can_own
            and st.button("Remove", icon=":material/delete:", type="tertiary", key=f"remove_{provider}")
        ):
            _remove(desk, provider, trial_key)
    trial = st.session_state.get(trial_key)
    if isinstance(trial, KeyTrial):
        sign = ":green[:material/check_circle:]" if trial.is_well else ":red[:material/error:]"
        st.markdown(f"{sign} {escape(in_panel(trial.detail[:1].upper() + trial.detail[1:]))}")


def _badge(source: KeySource | None) -> str:
    if source is None:
        return ":gray-badge[no key]"
    whose = "this profile's" if source == "profile" else "the installation's"
    return f":green-badge[:material/key: {whose}]"


def _draw_form(desk: Desk, provider: KeyedProvider, trial_key: str) -> None:
    """Cleared as soon as it is sent, so that the key stays in no page."""
    with st.form(f"key_{provider}", clear_on_submit=True, border=False):
        value = st.text_input(
            f"New {PROVIDER_TITLES[provider]} key",
            type="password",
            autocomplete="off",
            placeholder="Paste it here",
            label_visibility="collapsed",
        )
        is_wanted = st.form_submit_button("Save key", type="primary")
    if not is_wanted:
        return

    def save() -> None:
        desk.member.require(Role.OWNER)
        set_key(desk.database, desk.profile.id, provider, SecretStr(value))

    if tried(save, done="Key stored; test it"):
        st.session_state.pop(trial_key, None)
        st.rerun()


def _remove(desk: Desk, provider: KeyedProvider, trial_key: str) -> None:
    def remove() -> None:
        desk.member.require(Role.OWNER)
        remove_key(desk.database, desk.profile.id, provider)
        st.session_state.pop(trial_key, None)

    title = PROVIDER_TITLES[provider]
    confirm(
        f"Remove the {title} key?",
        [
            f"{desk.profile.name}'s own key is forgotten here; {title} takes it until you revoke it there.",
            "What was made with it stays.",
        ],
        verb="Remove key",
        action=remove,
    )
