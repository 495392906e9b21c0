"""The commands and their options, as people and scripts know them: a change here is a change for them."""

from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from tests.program import Reelflow
from ui.cli import app

COMMANDS = """\
clip delete CLIP --profile --yes --json
clip list --project --profile --json
clip render CLIP --preset --script --script-file --out --profile --json
clip show CLIP --profile --json
doctor --json
make FOOTAGE... --profile --project --script --script-file --variants --duration --preset --seed --out --json
profile add NAME --slug --timezone --json
profile delete PROFILE --yes --json
profile list --json
profile set-default PROFILE --json
profile show [PROFILE] --json
project delete PROJECT --profile --yes --json
project list --profile --json
project show PROJECT --profile --json
project update PROJECT --name --description --context --duration --profile --json
runs --profile --limit --json
"""


def lines(command: Any, *names: str) -> Iterator[str]:
    for name, child in getattr(command, "commands", {}).items():
        yield from lines(child, *names, name)
    if not hasattr(command, "commands"):
        yield " ".join([*names, *(word(parameter) for parameter in command.params)])


def word(parameter: Any) -> str:
    if parameter.param_type_name == "option":
        return str(parameter.opts[0])
    return str(parameter.metavar) if parameter.required else f"[{parameter.metavar}]"


def test_the_commands_are_the_promised_ones() -> None:
    assert "\n".join(sorted(lines(get_command(app)))) + "\n" == COMMANDS


@pytest.mark.parametrize(
    "command",
    [line.split(" --")[0].rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ[]. ") for line in COMMANDS.splitlines()],
)
def test_every_option_is_explained(command: str, quick: Reelflow) -> None:
    parameters = get_command(app)
    for name in command.split():
        parameters = parameters.commands[name]  # type: ignore[attr-defined]

    ended = quick.call(*command.split(), "--help")

    assert (ended.code, ended.err) == (0, "")
    assert parameters.help
    assert [p.name for p in parameters.params if not getattr(p, "help", None)] == []
    assert not quick.home.exists(), "asking for help makes nothing"


def test_no_command_at_all_is_answered_with_the_help(quick: Reelflow) -> None:
    ended = quick.call()

    assert ended.code == 2
    assert "make" in ended.out
    assert ended.err == ""


def test_the_version_is_printed(quick: Reelflow) -> None:
    assert quick.call("--version").out.startswith("reelflow ")
