"""Tells Prefect that a run was stopped, where Prefect by itself would call it crashed.

Asked to cancel, Prefect ends a run as Cancelled. Ctrl-C, or the end of the machine, reaches the run as the
same signal, and Prefect calls that a crash; our row says cancelled both times.
"""

import logging
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas import OrchestrationResult
from prefect.context import FlowRunContext
from prefect.states import Cancelled

_log = logging.getLogger("reelflow")


def agree_on_cancelled() -> None:
    """Ends the flow run that this is called in as Cancelled, unless Prefect is about to; never fails.

    Whoever called the flow then gets Prefect's `CancelledRun` in place of a KeyboardInterrupt.
    """
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return
    try:
        with get_client(sync_client=True) as client:
            now = client.read_flow_run(UUID(str(context.flow_run.id))).state
            if now is None or now.is_cancelling() or now.is_final():
                return
            answer: OrchestrationResult[None] = client.set_flow_run_state(
                context.flow_run.id, Cancelled(message="The run was stopped."), force=True
            )
            # Prefect's engine reports a crash only of a run that it does not know to have ended.
            context.flow_run.state = answer.state
    except Exception as error:  # a server that is gone as well: reconciling will put it right
        _log.warning("Prefect was not told that the run was stopped: %s", error)
