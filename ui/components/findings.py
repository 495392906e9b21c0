"""What the checkup found, each green or red with its fix; it runs beside the page and never holds it up."""

import re
import sys
from pathlib import Path

import streamlit as st

from models.profiles import find_profile
from models.settings import Settings
from ui.checkup import Finding, examine_machine, examine_profile
from ui.components.advice import in_panel
from ui.components.desk import Desk, open_desk
from ui.components.wording import escape
from ui.installation import shared_database

_KEPT = "10m"


def draw_findings(*, key: str, is_short: bool = False) -> None:
    """Draws the list, with a button to look again.

    Args:
        key: Unique on the page.
        is_short: Tell details only of what is not well.
    """

    @st.fragment(parallel=True, key=f"findings_{key}")
    def check() -> None:
        here = open_desk()
        with st.skeleton(height=180):
            found = [prefect_finding(here), *_machine(here.settings), *_profile(here.settings, here.slug)]
        for finding in found:
            has_detail = not (is_short and finding.is_well)
            _row(finding, short_paths(finding.detail, here.settings.home_dir) if has_detail else "")
        if st.button("Check again", icon=":material/refresh:", type="tertiary", key=f"again_{key}"):
            _machine.clear()
            _profile.clear()
            st.rerun(scope="fragment")

    check()


def prefect_finding(desk: Desk) -> Finding:
    """Whether runs can be started; asked anew each time, it takes a moment only."""
    if desk.gateway.is_up():
        return Finding("Prefect", True, "answers")
    return Finding("Prefect", False, "does not answer, so no run can start; run: reelflow up")


@st.cache_data(ttl=_KEPT, show_spinner=False, hash_funcs={Settings: lambda s: str(s.home_dir)})
def _machine(settings: Settings) -> list[Finding]:
    return examine_machine(settings)


@st.cache_data(ttl=_KEPT, show_spinner=False, hash_funcs={Settings: lambda s: str(s.home_dir)})
def _profile(settings: Settings, slug: str) -> list[Finding]:
    database = shared_database(settings)
    return examine_profile(database, find_profile(database, slug))


def short_paths(text: str, home: Path) -> str:
    """A sentence without the folders above Reelflow's own: who looks at a page need not know them.

    `reelflow doctor`, for who looks after the machine, tells whole paths.

    Args:
        text: Such as "9.0 at /home/anna/reelflow/.venv/bin/ffmpeg".
        home: The installation's, `Settings.home_dir`.
    """
    installed = Path(sys.prefix)
    for folder, shown in ((home, "REELFLOW_HOME"), (installed, installed.name), (Path.home(), "~")):
        text = re.sub(rf"{re.escape(str(folder))}(?![^/\s,;:.)\"'])", shown, text)
    return text


def _row(finding: Finding, detail: str) -> None:
    sign = ":green[:material/check_circle:]" if finding.is_well else ":red[:material/error:]"
    name = "FFmpeg" if finding.name == "ffmpeg" else finding.name[:1].upper() + finding.name[1:]
    with st.container(gap=None):
        st.markdown(f"{sign} **{escape(name)}**")
        if detail:
            st.caption(escape(in_panel(detail)))
