"""The worker: takes this installation's runs off their queues and starts each in a process of its own.

Prefect's own `prefect worker start`, told to stop, kills what it runs and leaves those runs "Running" for
ever (Prefect's issues 16746 and 22528). This one cancels them first and waits, so that every run ends with
an honest state in Prefect and in our database; otherwise it is Prefect's process worker as it is.

Started by `ui.supervisor` as a process of its own, with Prefect's settings in its environment.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.exceptions import PrefectException
from prefect.states import Cancelling
from prefect.workers.process import ProcessWorker

from flows.deployments import POOL, sync_deployments
from flows.embedded_server import is_healthy, using_server
from flows.reconciliation import reconcile_all
from flows.worker_settings import DRAIN_TIMEOUT_S, READY_VARIABLE
from models.errors import Fault, ReelflowError
from models.redaction import install_redaction, redact
from models.session import open_database
from models.settings import Settings, load_settings

_API_TIMEOUT_S = 120.0
_POLL_S = 0.2

_log = logging.getLogger("reelflow")


def work(*, limit: int, name: str, is_alone: bool = False) -> None:
    """Works until SIGTERM or SIGINT; then cancels what it runs, waits for that, and returns.

    Args:
        limit: Runs at once.
        name: What Prefect calls this worker.
        is_alone: No other worker serves this installation, so runs that nobody is seen to work on are dead.

    Raises:
        Fault: no Prefect server answers.
    """
    settings = load_settings()
    install_redaction()
    # Held by this process as well: should whoever started it be killed, the server stays for the runs' end.
    with using_server(settings):
        _wait_for_api(os.environ["PREFECT_API_URL"])
        _prepare(settings, is_alone=is_alone)
        asyncio.run(_work_until_told(limit=limit, name=name))


def _wait_for_api(url: str) -> None:
    deadline = time.monotonic() + _API_TIMEOUT_S
    while not is_healthy(url):
        if time.monotonic() > deadline:
            raise Fault(f"No Prefect server answers at {url}.")
        time.sleep(_POLL_S)


def _prepare(settings: Settings, *, is_alone: bool) -> None:
    """Brings the deployments up to date, and puts right what killed runs left behind."""
    with open_database(settings) as database:
        sync_deployments(database, settings)
        reconcile_all(database, is_alone=is_alone)


async def _work_until_told(*, limit: int, name: str) -> None:
    stop, hurry = asyncio.Event(), asyncio.Event()

    def told() -> None:
        (hurry if stop.is_set() else stop).set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Also where whoever started us has SIGINT ignored, as a shell's `&` does.
        loop.add_signal_handler(number, told)
    worker = ProcessWorker(work_pool_name=POOL, limit=limit, name=name)
    working = asyncio.create_task(worker.start(printer=_ready))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not working.done():
        await _drain(worker, hurry)
        working.cancel()  # what has not ended by now is ended by force
    stopping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working


async def _drain(worker: ProcessWorker, hurry: asyncio.Event) -> None:
    """Cancels every run that this worker has taken and waits until they have ended."""
    worker.limiter.total_tokens = 0  # takes no more
    asked: set[UUID] = set()
    deadline = time.monotonic() + DRAIN_TIMEOUT_S
    async with get_client() as client:
        while (taken := _taken(worker)) and time.monotonic() < deadline and not hurry.is_set():
            for flow_run_id in taken - asked:
                _log.info("cancelling run %s, because the worker stops", flow_run_id)
                asked.add(flow_run_id)
                try:
                    await client.set_flow_run_state(flow_run_id, Cancelling())
                except (httpx.HTTPError, PrefectException) as error:
                    _log.warning("run %s could not be cancelled: %s", flow_run_id, error)
            await asyncio.sleep(_POLL_S)


def _taken(worker: ProcessWorker) -> set[UUID]:
    """The runs that hold one of the worker's places."""
    return {
        flow_run_id for flow_run_id in worker.limiter.statistics().borrowers if isinstance(flow_run_id, UUID)
    }


def _ready(text: str) -> None:
    """What Prefect's worker says when it has started, and when it has stopped."""
    _log.info("%s", text)
    number = os.environ.pop(READY_VARIABLE, None)
    if number:
        os.write(int(number), b"ready")
        os.close(int(number))


def main() -> None:
    """Entry point of the process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--limit", type=int, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--alone", action="store_true")
    given = parser.parse_args()
    _log.setLevel(logging.INFO)  # Prefect writes it to our output
    try:
        work(limit=given.limit, name=given.name, is_alone=given.alone)
    except ReelflowError as error:
        sys.exit(f"error: {redact(str(error))}")


if __name__ == "__main__":
    main()
