"""The store brands: switch, create, rename, choose the default, delete, and who may enter."""

import streamlit as st

from models.access import Role, join
from models.listing import list_footage, list_projects, list_runs
from models.members import found_profile
from models.profile import Profile
from models.profiles import MAX_NAME, change_profile, delete_profile, set_default
from ui.components.desk import Desk, open_desk
from ui.components.dialogs import confirm
from ui.components.members import draw_members
from ui.components.messages import tried
from ui.components.places import go
from ui.components.wording import count, escape


def draw_profile(desk: Desk, profile: Profile) -> None:
    """One store brand and what can be done with it; what is not allowed says so when it is tried."""
    with st.container(
        border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        default = " :violet-badge[default]" if profile.is_default else ""
        here = " :gray-badge[open]" if profile.id == desk.profile.id else ""
        with st.container(gap=None, width="content"):
            st.markdown(f"**{escape(profile.name)}**{default}{here}")
            st.caption(f"{profile.slug} · {profile.timezone}")
        with st.container(horizontal=True, width="content", gap="xsmall"):
            if st.button("Open", key=f"open_{profile.id}"):
                go(profile.slug, "dashboard")
            draw_verbs(desk, profile)


def draw_verbs(desk: Desk, profile: Profile) -> None:
    """What is done less often, by owners."""
    if not join(desk.database, desk.identity, profile.slug).role.includes(Role.OWNER):
        return
    verbs = ["Rename", "Make default", "Delete"] if not profile.is_default else ["Rename", "Delete"]
    verb = st.menu_button("More", verbs, key=f"more_{profile.id}")
    if verb == "Rename":
        rename(desk, profile)
    elif verb == "Make default":
        if tried(lambda: own(desk, profile) and set_default(desk.database, profile.id)):
            st.rerun()
    elif verb == "Delete":
        delete(desk, profile)


def own(desk: Desk, profile: Profile) -> bool:
    """Makes sure that the person owns a profile, which need not be the open one."""
    join(desk.database, desk.identity, profile.slug).require(Role.OWNER)
    return True


@st.dialog("New profile")
def new_profile(desk: Desk) -> None:
    """Asks for a store brand's name and time zone."""
    with st.form("new_profile", border=False):
        name = st.text_input("Name", max_chars=MAX_NAME, placeholder="Acme")
        timezone = st.text_input("Time zone", desk.timezone, help="Its days and months are counted in it.")
        is_wanted = st.form_submit_button("Create profile", type="primary")
    made: list[str] = []
    if is_wanted and tried(
        lambda: made.append(found_profile(desk.database, desk.identity, name, timezone=timezone).slug)
    ):
        go(made[0], "dashboard")


@st.dialog("Rename profile")
def rename(desk: Desk, profile: Profile) -> None:
    """Changes name and time zone; the short name stays, since links depend on it."""
    with st.form("rename_profile", border=False):
        name = st.text_input("Name", profile.name, max_chars=MAX_NAME)
        timezone = st.text_input("Time zone", profile.timezone)
        is_wanted = st.form_submit_button("Save", type="primary")
    if is_wanted and tried(
        lambda: own(desk, profile) and change_profile(desk.database, profile.id, name=name, timezone=timezone)
    ):
        st.rerun()


def delete(desk: Desk, profile: Profile) -> None:
    """Shows what would go, then deletes; refused for the default one and while runs are live."""
    member = join(desk.database, desk.identity, profile.slug)
    with member.reading() as session:
        projects = list_projects(session, size=1).total
        footage = list_footage(session, size=1).total
        runs = list_runs(session, size=1).total

    def remove() -> None:
        own(desk, profile)
        delete_profile(desk.database, profile.id)

    rest = next((other.slug for other in desk.profiles if other.id != profile.id), None)
    confirm(
        f"Delete {profile.name}?",
        [
            f"{count(projects, 'project')} with all clips and finished files",
            f"{count(footage, 'piece', 'pieces')} of footage, {count(runs, 'run')} and the whole ledger",
            "Its keys, voices and members. Nothing of it can be brought back.",
        ],
        verb="Delete profile",
        action=remove,
        then=(lambda: go(rest, "profiles")) if rest else None,
    )


desk = open_desk()
with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
    st.title("Profiles", width="content")
    if st.button("New profile", type="primary", icon=":material/add:"):
        new_profile(desk)
with st.container(gap="small", width=860):
    for profile in desk.profiles:
        draw_profile(desk, profile)
    if not desk.identity.is_local:
        st.subheader(f"Members of {escape(desk.profile.name)}")
        draw_members(desk)
