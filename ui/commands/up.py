"""`reelflow up` brings up the whole product on one machine; `reelflow serve` one part of it, for a server."""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import typer

from flows.deployment_plan import WORKER_LIMIT
from flows.server_keeper import LOOPBACK
from models.errors import Fault
from models.settings import Settings, load_settings
from ui.bring_up import Wishes, bring_up
from ui.commands.context import JsonOption, make_home
from ui.output import notes, print_json, print_note, print_text
from ui.parts import PANEL_PORT, PREFECT_PORT
from ui.standing import Addresses, others_addresses, take_place

#: The one that is starting may take this long until it says its addresses.
_OTHERS_TIMEOUT_S = 60.0

app = typer.Typer(help="Run one part of `reelflow up`, for a server.", no_args_is_help=True)

HostOption = Annotated[
    str,
    typer.Option(metavar="ADDRESS", help="Where the control panel listens; this machine only by default."),
]
PanelPortOption = Annotated[
    int | None,
    typer.Option(
        min=0, max=65_535, help=f"The control panel's port; {PANEL_PORT} or one of the next by default."
    ),
]
PrefectHostOption = Annotated[
    str,
    typer.Option(
        metavar="ADDRESS",
        help="Where Prefect's server listens. It has no sign-in: whoever reaches it can run commands here.",
    ),
]
PrefectPortOption = Annotated[
    int | None,
    typer.Option(min=0, max=65_535, help=f"Prefect's port; {PREFECT_PORT} or one of the next by default."),
]
LimitOption = Annotated[int, typer.Option(min=1, max=64, help="How many runs go on at once.")]
NameOption = Annotated[
    str | None, typer.Option("--name", help="What Prefect calls the worker; this machine's name by default.")
]


def up(
    host: HostOption = LOOPBACK,
    panel_port: PanelPortOption = None,
    prefect_host: PrefectHostOption = LOOPBACK,
    prefect_port: PrefectPortOption = None,
    worker_limit: LimitOption = WORKER_LIMIT,
    as_json: JsonOption = False,
) -> None:
    """Bring up the control panel, a worker and Prefect's server, until Ctrl-C."""
    settings = load_settings()
    make_home(settings)
    with take_place(settings) as standing:
        if standing is None:
            _say(_others(settings), "Reelflow is up already.", is_new=False, as_json=as_json)
            return
        wishes = Wishes(
            host=host,
            panel_port=panel_port,
            prefect_host=prefect_host,
            prefect_port=prefect_port,
            worker_limit=worker_limit,
        )

        def ready(addresses: Addresses) -> None:
            standing.announce(addresses)
            _say(addresses, "Reelflow is up. Ctrl-C stops it, and cancels what is running.", as_json=as_json)

        _run(settings, wishes, ready)


@app.command("prefect")
def serve_prefect(
    host: PrefectHostOption = LOOPBACK, port: PrefectPortOption = None, as_json: JsonOption = False
) -> None:
    """Run this home's Prefect server until stopped."""
    _serve(Wishes(worker=False, panel=False, prefect_host=host, prefect_port=port), as_json=as_json)


@app.command("worker")
def serve_worker(
    limit: LimitOption = WORKER_LIMIT, name: NameOption = None, as_json: JsonOption = False
) -> None:
    """Run a worker until stopped; its runs are then cancelled."""
    wishes = Wishes(panel=False, worker_limit=limit)
    _serve(replace(wishes, worker_name=name) if name else wishes, as_json=as_json)


@app.command("panel")
def serve_panel(
    host: HostOption = LOOPBACK, port: PanelPortOption = None, as_json: JsonOption = False
) -> None:
    """Run the control panel until stopped."""
    _serve(Wishes(worker=False, host=host, panel_port=port), as_json=as_json)


def _serve(wishes: Wishes, *, as_json: bool) -> None:
    settings = load_settings()
    make_home(settings)
    _run(settings, wishes, lambda addresses: _say(addresses, "Ready. Ctrl-C stops it.", as_json=as_json))


def _run(settings: Settings, wishes: Wishes, ready: Callable[[Addresses], None]) -> None:
    """Until Ctrl-C or SIGTERM, which is how this is meant to end: exit code 0."""
    notes.print("Starting...")
    try:
        bring_up(settings, wishes, tell=lambda sentence: print_note("note", sentence), ready=ready)
    except KeyboardInterrupt:
        notes.print("Stopped.")


def _others(settings: Settings) -> Addresses:
    addresses = others_addresses(settings, timeout_s=_OTHERS_TIMEOUT_S)
    if addresses is None:
        raise Fault("Another command is starting Reelflow and is not done; look there, or try again.")
    return addresses


def _say(addresses: Addresses, sentence: str, *, is_new: bool = True, as_json: bool) -> None:
    if as_json:
        print_json({"panel": addresses.panel, "prefect": addresses.prefect, "was_up": not is_new})
    else:
        print_text(sentence)
        if addresses.panel:
            print_text(f"  Control panel  {addresses.panel}")
        print_text(f"  Prefect        {addresses.prefect}")
    sys.stdout.flush()  # whoever reads it through a pipe waits for it
