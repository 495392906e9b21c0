"""Who may enter a profile, and as what: shown to all of its members, changed by its owners."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from models.access import Role
from models.members import MemberRow, invite_member, list_members, remove_member, set_role
from ui.components.desk import Desk
from ui.components.dialogs import confirm
from ui.components.messages import tried
from ui.components.wording import escape

_MEANING = "Owners: everything. Editors: make and change reels. Viewers: look and save."


def draw_members(desk: Desk) -> None:
    """Draws the members of the open profile, with the form that invites another one for owners."""
    for row in list_members(desk.member):
        _draw_member(desk, row)
    if desk.can_own:
        _draw_invitation(desk)
    st.caption(_MEANING)


def _draw_member(desk: Desk, row: MemberRow) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        invited = " :gray-badge[invited]" if row.is_invited else ""
        st.markdown(f"{escape(row.name or row.email)}{invited}  \n:gray[{escape(row.email)}]")
        role = st.selectbox(
            f"Role of {row.email}",
            list(Role),
            index=list(Role).index(row.role),
            format_func=lambda role: Role(role).capitalize(),
            key=f"role_{row.person_id}_{row.role}",
            label_visibility="collapsed",
            width=120,
            disabled=not desk.can_own,
        )
        if desk.can_own and st.button("Remove", key=f"remove_{row.person_id}", type="tertiary"):
            _remove(desk, row)
    change: Callable[[], object] = partial(set_role, desk.member, row.person_id, role or row.role)
    if role != row.role and tried(change, done="Role changed"):
        st.rerun()


def _remove(desk: Desk, row: MemberRow) -> None:
    name = row.name or row.email
    confirm(
        f"Remove {escape(name)}?",
        [
            f"They see nothing of {escape(desk.profile.name)} from the next click on.",
            "What they made stays.",
        ],
        verb="Remove member",
        action=lambda: remove_member(desk.member, row.person_id),
    )


def _draw_invitation(desk: Desk) -> None:
    with (
        st.form("invite", border=False, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        email = st.text_input("E-mail address", type="email", placeholder="zoe@example.com")
        role = st.selectbox(
            "Role", list(Role), index=1, format_func=lambda role: Role(role).capitalize(), width=120
        )
        is_wanted = st.form_submit_button("Invite", icon=":material/person_add:")
    if is_wanted and tried(
        lambda: invite_member(desk.member, email or "", role or Role.EDITOR), done="Invited"
    ):
        st.rerun()
