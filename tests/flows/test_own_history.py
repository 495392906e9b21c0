"""A scheduled flow's own runs: what piled up is one look, and old ones don't bury what people started."""

from types import SimpleNamespace
from typing import Any, Self
from uuid import UUID, uuid4

import httpx
import pytest
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound

import flows.own_history as own_history
from flows.own_history import tidy_own_runs


class Server:
    """Answers with one page of missed runs and one of old ones."""

    def __init__(self) -> None:
        self.missed = [self.run(auto=True), self.run(auto=True), self.run(auto=False)]
        self.old = [self.run(auto=True)]
        self.gone: set[UUID] = set()
        self.deleted: list[UUID] = []

    @staticmethod
    def run(*, auto: bool) -> Any:
        return SimpleNamespace(id=uuid4(), auto_scheduled=auto)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def read_flow_runs(self, *, flow_run_filter: FlowRunFilter, limit: int) -> list[Any]:
        assert flow_run_filter.state
        assert flow_run_filter.state.type
        found = self.missed if flow_run_filter.state.type.any_ == [StateType.SCHEDULED] else self.old
        return found[:limit]

    def delete_flow_run(self, run_id: UUID) -> None:
        if run_id in self.gone:
            raise ObjectNotFound(httpx.HTTPError("gone"))
        self.deleted.append(run_id)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    monkeypatch.setattr(own_history, "get_client", lambda **_: server)
    monkeypatch.setattr(own_history, "deployment", SimpleNamespace(id=uuid4()))
    return server


def test_missed_and_old_runs_go_but_not_what_a_person_asked_for(server: Server) -> None:
    assert tidy_own_runs() == 3

    assert server.deleted == [server.missed[0].id, server.missed[1].id, server.old[0].id]


def test_what_another_run_deleted_meanwhile_is_no_trouble(server: Server) -> None:
    server.gone = {server.missed[0].id}

    assert tidy_own_runs() == 2


def test_a_flow_without_a_deployment_has_no_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_history, "deployment", SimpleNamespace(id=None))
    monkeypatch.setattr(own_history, "get_client", lambda **_: pytest.fail("asked"))

    assert tidy_own_runs() == 0
