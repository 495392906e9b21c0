"""`reelflow profile members`: how the first owner gets in, and how somebody is let out again."""

import json
from pathlib import Path
from typing import Any

import pytest

from models.access import Identity, join
from models.person import Role
from models.session import open_database
from models.settings import Settings
from ui.cli import run_command

ANA = Identity("https://id.example", "1", "ana@example.com", "Ana", is_email_verified=True)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REELFLOW_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("REELFLOW_PROFILE", raising=False)
    assert run_command(["profile", "add", "Mugs"]) == 0
    return tmp_path / "home"


@pytest.fixture
def members(home: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = run_command(["profile", "members", *arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return call


def test_an_owner_is_added_signs_in_and_is_removed(home: Path, members: Any) -> None:
    assert members("list") == (0, {"members": []})

    code, added = members("add", "Ana@example.com", "--role", "owner", "--profile", "mugs")
    with open_database(Settings(home=home)) as database:
        assert join(database, ANA, "mugs").role is Role.OWNER
    members("add", "bob@example.com", "--role", "owner")

    assert (code, added["role"], added["is_invited"]) == (0, "owner", True)
    assert members("set-role", "ana@example.com", "viewer")[1]["role"] == "viewer"
    assert members("remove", added["person_id"])[1]["name"] == "Ana"
    assert [row["email"] for row in members("list")[1]["members"]] == ["bob@example.com"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["add", "nonsense"], 2, "no e-mail address"),
        (["add", "a@b.c", "--role", "king"], 2, "king"),
        (["add", "a@b.c", "--profile", "nobody"], 3, "no profile 'nobody'"),
        (["remove", "a@b.c"], 3, "no member 'a@b.c'"),
        (["set-role", "a@b.c", "owner"], 3, "no member 'a@b.c'"),
    ],
)
def test_what_can_t_be_done_is_said(members: Any, arguments: list[str], code: int, said: str) -> None:
    ended, document = members(*arguments)

    assert (ended, said in document["error"]["message"]) == (code, True)


def test_people_read_a_table(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_command(["profile", "members", "list"])
    assert "Nobody is a member of Mugs yet" in capsys.readouterr().out
    run_command(["profile", "members", "add", "ana@example.com"])
    assert capsys.readouterr().out == "ana@example.com may enter Mugs as an editor.\n"
    run_command(["profile", "members", "list"])
    assert "ana@example.com" in capsys.readouterr().out
