"""What errors advise is worded for commands; on pages the same sentences say where to click."""

import ast
import re
from collections.abc import Iterator

import pytest

from models.errors import BadInput
from models.settings import CHECKOUT
from ui.components.advice import in_panel, said

#: A command, an option or a key's variable, in the middle of words.
_COMMAND = re.compile(r"reelflow [a-z]|(?<=[ `])--[a-z]|REELFLOW_\w*_API_KEY")


def sentences() -> Iterator[str]:
    """Every text of more than a few words in the code that pages show errors and warnings of."""
    for folder in ("models", "tasks"):
        for path in sorted((CHECKOUT / folder).rglob("*.py")):
            yield from _texts(ast.parse(path.read_text()))


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.JoinedStr):
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else "something" for part in node.values
        )
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from _texts(child)


ADVISING = sorted({text for text in sentences() if " " in text and _COMMAND.search(text)})


def test_there_are_sentences_that_advise_commands() -> None:
    assert len(ADVISING) >= 10


@pytest.mark.parametrize("text", ADVISING, ids=range(len(ADVISING)))
def test_no_page_advises_a_command(text: str) -> None:
    assert not _COMMAND.search(in_panel(text)), in_panel(text)


def test_a_budget_is_raised_under_costs() -> None:
    refused = "Nothing was sent; raise it with `reelflow profile set-budget mugs AMOUNT`, or wait."
    assert in_panel(refused) == "Nothing was sent; raise it under Costs, Change budget, or wait."


def test_names_and_prices_in_errors_mean_nothing_in_markdown() -> None:
    error = BadInput(
        "a_b.mp4 needs $1.00, and $0.50 are left; set one with `reelflow profile set-key gemini`."
    )
    assert said(error) == (r"a\_b.mp4 needs \$1.00, and \$0.50 are left; set one under Settings, Keys.")
