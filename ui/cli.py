"""The command line: `reelflow ...`. Errors become one sentence and an exit code, here and only here.

0 done, 2 bad input or usage, 3 not found, 4 refused by budget, 5 refused by a provider, 1 a fault of ours.
"""

import sys
import traceback
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Annotated

import typer
from typer.exceptions import TyperException

from models.errors import ReelflowError
from models.redaction import install_redaction, redact
from models.settings import load_settings
from ui.commands import clips, profiles, projects
from ui.commands.costs import costs
from ui.commands.doctor import doctor
from ui.commands.making import make
from ui.commands.runs import runs
from ui.output import error_kind, print_error, print_text

_FAULT = 1
_USAGE = 2
_INTERRUPTED = 130

app = typer.Typer(
    name="reelflow",
    help="Turns product footage into finished short videos.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(make)
app.add_typer(profiles.app, name="profile")
app.add_typer(projects.app, name="project")
app.add_typer(clips.app, name="clip")
app.command()(runs)
app.command()(costs)
app.command()(doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        print_text(f"reelflow {version('reelflow')}")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Turns product footage into finished short videos."""


def main() -> None:
    """Entry point of the `reelflow` program."""
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """Runs one command and returns its exit code; never lets an exception out."""
    as_json = "--json" in arguments
    install_redaction()
    try:
        code = app(args=arguments, standalone_mode=False, prog_name="reelflow")
    except TyperException as error:
        print_error(error.format_message(), kind="usage", as_json=as_json)
        return _USAGE
    except typer.Abort:
        return _INTERRUPTED
    except KeyboardInterrupt:
        print_error("Stopped.", kind="stopped", as_json=as_json)
        return _INTERRUPTED
    except ReelflowError as error:
        print_error(str(error), kind=error_kind(error), as_json=as_json)
        return error.exit_code
    except Exception as error:
        print_error(_report_fault(error), kind="fault", as_json=as_json)
        return _FAULT
    return code if isinstance(code, int) else 0


def _report_fault(error: Exception) -> str:
    """Keeps the details of an unexpected error where they can be found, and says where."""
    log = load_settings().home_dir / "faults.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        details = f"{' '.join(sys.argv[1:])}\n{traceback.format_exc()}"
        file.write(f"{datetime.now(UTC).isoformat()} {redact(details)}\n")
    return f"This is a fault of ours ({type(error).__name__}: {error}). Details are in {log}."


if __name__ == "__main__":
    main()
