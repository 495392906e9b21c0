"""The documents describe the program that is here: commands, options, make targets, links."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from ui.cli import app

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def documented_lines() -> list[str]:
    lines = [
        line.split("reelflow ", 1)[1]
        for document in DOCUMENTS
        for line in re.findall(r"^(?:\.venv/bin/)?reelflow .*$|`reelflow [^`]*`", document.read_text(), re.M)
    ]
    return [line.rstrip("`") for line in lines]


def command_of(words: list[str]):
    command = get_command(app)
    while words and hasattr(command, "commands") and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    return command


@pytest.mark.parametrize("line", documented_lines())
def test_every_documented_command_exists_with_its_options(line: str) -> None:
    group, *rest = line.split()
    # "profile list | show [PROFILE] | delete PROFILE" documents several commands of one group.
    for alternative in " ".join(rest).split(" | "):
        words = [group, *alternative.split()]
        command = command_of(words)
        assert not hasattr(command, "commands"), f"{line!r} names no command"
        known = {option for parameter in command.params for option in (parameter.opts or [])}
        named = set(re.findall(r"--[a-z][a-z-]*", alternative))
        assert named <= known, f"{line!r}: no such option {named - known}"


def test_something_is_documented() -> None:
    assert len(documented_lines()) > 10


def test_every_option_of_make_is_in_the_guide() -> None:
    guide = (ROOT / "docs" / "guide.md").read_text()
    make = command_of(["make"])

    options = {option for parameter in make.params for option in parameter.opts if option.startswith("--")}

    assert [option for option in sorted(options - {"--help"}) if f"`{option}" not in guide] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text()):
        assert (document.parent / target).exists(), f"{document.name} links to {target}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_exist(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"(?:^|`)make ([a-z]+)\b", document.read_text(), re.M):
        assert re.search(rf"^{target}:", makefile, re.M), f"{document.name} names make {target}"
