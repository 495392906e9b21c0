"""The desk that a page works at: the open database, who sits there, and the one profile they are in.

Made anew on every rerun, also of a fragment, so that a removed member sees nothing from the next click on.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from models.access import Identity, Member, Role, join, profiles_of
from models.errors import NotFound
from models.profile import Profile
from models.profiles import ensure_default
from models.session import Database, ProfileSession
from models.settings import Settings, load_settings
from models.storage import Storage
from ui.components.messages import not_found, say_what_was_tried
from ui.components.sign_in import current_identity, no_profile
from ui.installation import shared_database, shared_gateway

if TYPE_CHECKING:
    from ui.gateway import Gateway

#: Where a browser session remembers its profile for an address without one.
_LAST_PROFILE = "last_profile"


@dataclass(frozen=True, slots=True)
class Desk:
    """What every page has in hand."""

    settings: Settings
    """The installation's, as the environment has them now."""
    member: Member
    """Who works here, in which profile; the way to its rows."""
    profiles: tuple[Profile, ...]
    """All profiles that they may switch to."""

    @property
    def database(self) -> Database:
        """The open database."""
        return self.member.database

    @property
    def identity(self) -> Identity:
        """Who works here."""
        return self.member.identity

    @property
    def profile(self) -> Profile:
        """The profile they are in."""
        return self.member.profile

    @property
    def slug(self) -> str:
        """Its short name, as in the address."""
        return self.member.profile.slug

    @property
    def timezone(self) -> str:
        """The store's own, in which its days are counted."""
        return self.member.profile.timezone

    @property
    def can_edit(self) -> bool:
        """For what a page shows; what is allowed is decided by the session."""
        return self.member.role.includes(Role.EDITOR)

    @property
    def can_own(self) -> bool:
        """The same for what only owners do."""
        return self.member.role.includes(Role.OWNER)

    @property
    def storage(self) -> Storage:
        """The profile's library."""
        return Storage(self.settings.storage_dir, self.profile.id)

    @property
    def gateway(self) -> "Gateway":
        """What starts and follows runs."""
        return shared_gateway(self.settings)

    def reading(self) -> AbstractContextManager[ProfileSession]:
        """The profile's rows, to look at."""
        return self.member.reading()

    def writing(self) -> AbstractContextManager[ProfileSession]:
        """The profile's rows, to change; refused for viewers."""
        return self.member.writing()

    def owning(self) -> AbstractContextManager[ProfileSession]:
        """The profile's rows, for what only owners do."""
        return self.member.owning()


def open_desk() -> Desk:
    """The desk of this rerun; draws a sentence instead of the page, and stops, when there is none."""
    settings = load_settings()
    identity = current_identity(settings)
    database = shared_database(settings)
    profiles = profiles_of(database, identity)
    if not profiles and identity.is_local:
        profiles = [ensure_default(database)]
    if not profiles:
        no_profile(identity)
        st.stop()
    known = {profile.slug for profile in profiles}
    wanted = st.query_params.get("profile")
    if wanted is None:
        last = st.session_state.get(_LAST_PROFILE)
        wanted = last if last in known else profiles[0].slug
        st.query_params["profile"] = wanted
    try:
        member = join(database, identity, wanted)
    except NotFound:
        not_found("profile", home=profiles[0].slug)
    st.session_state[_LAST_PROFILE] = wanted
    say_what_was_tried()
    return Desk(settings, member, tuple(profiles))
