"""The command line: `reelflow ...`. Errors become one sentence and an exit code, here and only here.

0 done, 2 bad input or usage, 3 not found, 4 refused by budget, 5 refused by a provider, 1 a fault of ours.
"""

import contextlib
import io
import os
import signal
import sys
import traceback
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from models.errors import BadInput, ReelflowError
from models.redaction import install_redaction, redact
from models.settings import load_settings
from ui.commands import clips, dev, footage, members, profiles, projects
from ui.commands.costs import costs
from ui.commands.doctor import doctor
from ui.commands.generate import generate
from ui.commands.making import make
from ui.commands.quote import quote
from ui.commands.runs import runs
from ui.commands.up import app as serve_app
from ui.commands.up import up
from ui.commands.upkeep import clean, reconcile
from ui.commands.voices import voices
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
app.command()(up)
app.command()(make)
app.command()(generate)
app.command()(quote)
profiles.app.add_typer(members.app, name="members")
app.add_typer(profiles.app, name="profile")
app.add_typer(projects.app, name="project")
app.add_typer(footage.app, name="footage")
app.add_typer(clips.app, name="clip")
app.command()(runs)
app.command()(costs)
app.command()(voices)
app.command()(doctor)
app.command()(clean)
app.command()(reconcile)
app.add_typer(serve_app, name="serve")
app.add_typer(dev.app, name="dev")


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
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    for name in (signal.SIGTERM, signal.SIGHUP):
        # Unless the caller has it ignored, as nohup does.
        if signal.getsignal(name) is signal.SIG_DFL:
            signal.signal(name, _stop)
    code = run_command(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has seen enough; without this Python complains while it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def run_command(arguments: list[str]) -> int:
    """Runs one command and returns its exit code; never lets an exception out."""
    as_json = "--json" in arguments
    install_redaction()
    try:
        _check_text(arguments)
        code = app(args=arguments, standalone_mode=False, prog_name="reelflow")
        if code == _INTERRUPTED:  # how Typer hands on Ctrl-C
            raise KeyboardInterrupt
    except TyperException as error:
        message = error.format_message()
        if message:  # none when the help was printed instead
            print_error(_with_hint(message, error), kind="usage", as_json=as_json)
        return _USAGE
    except (typer.Abort, KeyboardInterrupt):
        print_error("Stopped.", kind="stopped", as_json=as_json)
        return _INTERRUPTED
    except ReelflowError as error:
        print_error(str(error), kind=error_kind(error), as_json=as_json)
        return error.exit_code
    except (BrokenPipeError, SystemExit):  # Typer leaves so when nobody reads our output any more
        return 0
    except Exception as error:
        print_error(_report_fault(error), kind="fault", as_json=as_json)
        return _FAULT
    return code if isinstance(code, int) else 0


def _stop(_signal: int, _frame: object) -> NoReturn:
    """Being told to end is the same as Ctrl-C: the run is cancelled and cleans up after itself."""
    raise KeyboardInterrupt


def _check_text(arguments: list[str]) -> None:
    """Refuses what no database, log or document could hold.

    Raises:
        BadInput: an argument is not UTF-8, such as a file name from an old system.
    """
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            shown = os.fsencode(argument).decode("utf-8", "backslashreplace")
            raise BadInput(f"'{shown}' is not UTF-8 text; rename the file or correct the text.") from None


def _with_hint(message: str, error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f"{message.rstrip('.')}. See {context.command_path} --help." if context else message


def _report_fault(error: Exception) -> str:
    """Keeps the details of an unexpected error where they can be found, and says where."""
    message = f"This is a fault of ours ({type(error).__name__}: {error})."
    details = f"{datetime.now(UTC).isoformat()} {' '.join(sys.argv[1:])}\n{traceback.format_exc()}\n"
    with contextlib.suppress(OSError):
        log = load_settings().home_dir / "faults.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(redact(details))
        message += f" Details are in {log}."
    return message


if __name__ == "__main__":
    main()
