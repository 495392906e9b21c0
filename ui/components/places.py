"""Where things are in the panel: every link between pages is made here, and carries the profile."""

from typing import Final, Literal, NoReturn

import streamlit as st

Place = Literal[
    "welcome", "dashboard", "make", "projects", "project", "runs", "costs", "settings", "profiles", "health"
]

FILES: Final[dict[Place, str]] = {
    "welcome": "app_pages/welcome.py",
    "dashboard": "app_pages/dashboard.py",
    "make": "app_pages/make.py",
    "projects": "app_pages/projects.py",
    "project": "app_pages/project.py",
    "runs": "app_pages/runs.py",
    "costs": "app_pages/costs.py",
    "settings": "app_pages/settings.py",
    "profiles": "app_pages/profiles.py",
    "health": "app_pages/health.py",
}

STEPS: Final = ("footage", "segments", "variants", "script", "captions", "render", "export")


def go(slug: str, place: Place, **parameters: object) -> NoReturn:
    """Opens another page at once; ends the rerun."""
    st.switch_page(FILES[place], query_params=_query(slug, parameters))


def link(
    slug: str,
    place: Place,
    label: str,
    *,
    icon: str | None = None,
    width: Literal["content", "stretch"] = "content",
    **parameters: object,
) -> None:
    """A link to another page, which also opens in a new tab."""
    st.page_link(FILES[place], label=label, icon=icon, width=width, query_params=_query(slug, parameters))


def _query(slug: str, parameters: dict[str, object]) -> dict[str, str]:
    return {"profile": slug} | {name: str(value) for name, value in parameters.items() if value is not None}
