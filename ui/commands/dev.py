"""`reelflow dev`: what only helps while working on Reelflow itself."""

import subprocess
import sys
from typing import Annotated

import typer

from models.errors import BadInput
from models.settings import CHECKOUT

app = typer.Typer(help="For work on Reelflow itself.", no_args_is_help=True)

PortOption = Annotated[int, typer.Option(min=0, max=65_535, help="Its port; a free one when left out.")]


@app.command()
def fakes(gemini_port: PortOption = 0, elevenlabs_port: PortOption = 0) -> None:
    """Run a fake Gemini and a fake ElevenLabs on this machine until Ctrl-C; says how to use them."""
    if not (CHECKOUT / "tests" / "fakes" / "__main__.py").is_file():
        raise BadInput(
            f"The fakes are part of the tests, and {CHECKOUT} has none; run this from a full checkout."
        )
    # In a process of its own: the program never imports its tests.
    ended = subprocess.run(  # noqa: S603 - our own file, with two numbers
        [
            *(sys.executable, "-m", "tests.fakes"),
            *("--gemini-port", str(gemini_port), "--elevenlabs-port", str(elevenlabs_port)),
        ],
        cwd=CHECKOUT,
        check=False,
    )
    raise typer.Exit(ended.returncode)
