"""The commands and their options, as people and scripts know them: a change here is a change for them."""
# ruff: noqa: E501 - one line for each command

from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from tests.program import Reelflow
from ui.cli import app

COMMANDS = """\
clean --profile --json
clip delete CLIP --profile --yes --json
clip export CLIP... --preset --out --max-cost --profile --json
clip list --project --profile --json
clip render CLIP --preset --script --script-file --captions --brand --out --max-cost --profile --json
clip show CLIP --profile --json
costs --month --by --csv --profile --json
dev fakes --gemini-port --elevenlabs-port
doctor --json
footage add FILES... --project --profile --json
footage delete FOOTAGE --profile --yes --json
footage list --project --profile --json
footage show FOOTAGE --profile --json
generate PROJECT --variants --duration --like --voice-of --segments --order --captions --brand --preset --seed --max-cost --profile --json
make FOOTAGE... --profile --project --script --script-file --variants --duration --captions --brand --preset --seed --out --max-cost --json
profile add NAME --slug --timezone --json
profile delete PROFILE --yes --json
profile list --json
profile members add EMAIL --role --profile --json
profile members list --profile --json
profile members remove MEMBER --profile --json
profile members set-role MEMBER ROLE --profile --json
profile remove-key gemini|elevenlabs --profile --json
profile rotate-secrets --json
profile set [PROFILE] --analyser --gemini-model --gemini-backend --voice-provider --voice --voice-model --stability --similarity --style --speed --language --transcription-model --concurrency --characters-per-request --trim-pauses --fallback --json
profile set-budget PROFILE AMOUNT|none --json
profile set-default PROFILE --json
profile set-key gemini|elevenlabs --profile --json
profile show [PROFILE] --json
profile subscription [PROFILE] --json
project delete PROJECT --profile --yes --json
project list --profile --json
project show PROJECT --profile --json
project update PROJECT --name --description --context --duration --profile --json
quote [FOOTAGE...] --clip --generate --like --voice-of --profile --project --script --script-file --captions --variants --duration --json
reconcile --json
runs --profile --limit --json
serve panel --host --port --json
serve prefect --host --port --json
serve worker --limit --name --json
up --host --panel-port --prefect-host --prefect-port --worker-limit --json
voices --provider --profile --json
"""


def lines(command: Any, *names: str) -> Iterator[str]:
    for name, child in getattr(command, "commands", {}).items():
        yield from lines(child, *names, name)
    if not hasattr(command, "commands"):
        yield " ".join([*names, *(word(p) for p in command.params if not getattr(p, "hidden", False))])


def word(parameter: Any) -> str:
    if parameter.param_type_name == "option":
        return str(parameter.opts[0])
    return str(parameter.metavar) if parameter.required else f"[{parameter.metavar}]"


def test_the_commands_are_the_promised_ones() -> None:
    assert "\n".join(sorted(lines(get_command(app)))) + "\n" == COMMANDS


@pytest.mark.parametrize("line", COMMANDS.splitlines())
def test_every_option_is_explained(line: str, quick: Reelflow) -> None:
    command: Any = get_command(app)
    names: list[str] = []
    while hasattr(command, "commands"):
        names.append(line.split()[len(names)])
        command = command.commands[names[-1]]

    ended = quick.call(*names, "--help")

    assert (ended.code, ended.err) == (0, "")
    assert command.help
    shown = [p for p in command.params if not getattr(p, "hidden", False)]
    assert [p.name for p in shown if not getattr(p, "help", None)] == []
    assert not quick.home.exists(), "asking for help makes nothing"


def test_no_command_at_all_is_answered_with_the_help(quick: Reelflow) -> None:
    ended = quick.call()

    assert ended.code == 2
    assert "make" in ended.out
    assert ended.err == ""


def test_the_version_is_printed(quick: Reelflow) -> None:
    assert quick.call("--version").out.startswith("reelflow ")
