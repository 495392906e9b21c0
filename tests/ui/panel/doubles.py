"""What takes other programs' places in tests of pages: a gateway that remembers, and another person."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from streamlit.testing.v1 import AppTest

from models.access import LOCAL, Identity, Role, join
from models.members import invite_member
from models.run import Run
from models.session import open_database
from models.tenant import now_utc
from tests.ui.panel_state import PanelState
from ui.gateway import LogLine, Schedule


class RecordingGateway:
    """Takes the place of the gateway to Prefect."""

    def __init__(self) -> None:
        self.runs: list[dict[str, Any]] = []
        self.resumed: list[UUID] = []
        self.cancelled: list[UUID] = []
        self.switched: list[tuple[str, bool]] = []
        self.limits: list[int | None] = []

    def start(self, member: Any, kind: str, parameters: dict[str, Any], **more: Any) -> UUID:
        self.runs.append({"profile": member.profile.slug, "kind": kind, **parameters, **more})
        return uuid4()

    def resume(self, _member: Any, run_id: UUID, *, max_cost_micro_usd: int | None = None) -> UUID:
        self.resumed.append(run_id)
        self.limits.append(max_cost_micro_usd)
        return uuid4()

    def cancel(self, _member: Any, run_id: UUID) -> None:
        self.cancelled.append(run_id)

    def run_url(self, run: Run) -> str | None:
        return f"http://127.0.0.1:4200/runs/flow-run/{run.id}"

    def log_tail(self, _member: Any, _run_id: UUID) -> list[LogLine]:
        return [LogLine(now_utc(), "INFO", "cut drafts")]

    def schedules(self, _member: Any) -> list[Schedule]:
        return [Schedule("watch_inbox", "New files become reels.", "* * * * *", "UTC", True, None)]

    def set_schedule(self, _member: Any, name: str, *, is_on: bool) -> None:
        self.switched.append((name, is_on))

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
