"""What takes other programs' places in tests of pages: a gateway that remembers, and another person."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from streamlit.testing.v1 import AppTest

from models.access import LOCAL, Identity, Role, join
from models.members import invite_member
from models.session import open_database
from tests.ui.panel_state import PanelState


class RecordingGateway:
    """Takes the place of the gateway to Prefect."""

    def __init__(self) -> None:
        self.runs: list[dict[str, Any]] = []
        self.resumed: list[UUID] = []

    def start(self, member: Any, kind: str, parameters: dict[str, Any], **more: Any) -> UUID:
        self.runs.append({"profile": member.profile.slug, "kind": kind, **parameters, **more})
        return uuid4()

    def resume(self, _member: Any, run_id: UUID) -> UUID:
        self.resumed.append(run_id)
        return uuid4()

    def is_up(self) -> bool:
        return True


def watched_gateway(monkeypatch: pytest.MonkeyPatch) -> RecordingGateway:
    """Pages start nothing from here on, and what they would is remembered."""
    gateway = RecordingGateway()
    monkeypatch.setattr("ui.components.desk.shared_gateway", lambda _: gateway)
    return gateway


def look_as_viewer(state: PanelState, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are opened by somebody who may only look at Acme."""
    viewer = Identity(
        issuer="https://id.example.com", subject="vera", email="vera@example.com", name="Vera",
        is_email_verified=True,
    )  # fmt: skip
    with open_database(state.settings) as database:
        invite_member(join(database, LOCAL, "acme"), viewer.email, Role.VIEWER)
    monkeypatch.setattr("ui.components.desk.current_identity", lambda _: viewer)


def press(app: AppTest, label: str, *, number: int = 0) -> AppTest:
    """Presses a button by its label; fails on any exception that the page draws then."""
    found = [button for button in app.button if button.label == label]
    found[number].click().run()
    assert not app.exception, app.exception[0].message
    return app


def labels(app: AppTest) -> list[str]:
    """What can be pressed."""
    return [button.label for button in app.button]
