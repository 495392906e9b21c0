"""Scheduled: every night a profile is tidied, and every few minutes runs whose process died are ended."""

from uuid import UUID

from prefect import flow
from prefect.runtime import flow_run

from flows.deployments import sync_deployments
from flows.own_history import tidy_own_runs
from flows.reconciliation import Reconciled, reconcile_all
from flows.run_life import run_name
from models.redaction import errors_redacted, install_redaction
from models.session import open_database
from models.settings import load_settings
from tasks.cleaning import CleanedUp, clean_profile
from tasks.policies import task_runner

__all__ = ["clean_up", "reconcile", "reconcile_all"]


def _name() -> str:
    return run_name(flow_run.parameters["profile_id"], "clean up")


@flow(name="clean_up", flow_run_name=_name, task_runner=task_runner())
def clean_up(profile_id: UUID) -> CleanedUp:
    """Clears away what a profile no longer needs. Nothing that a row names is touched.

    Args:
        profile_id: Which profile.

    Raises:
        NotFound: there is no such profile.
    """
    install_redaction()
    with errors_redacted(), open_database(load_settings()) as database:
        tidy_own_runs()
        reconcile_all(database)  # Prefect knows whether a dead run was cancelled; its work dir does not
        return clean_profile(database, profile_id)


@flow(name="reconcile", flow_run_name="reconcile all runs", task_runner=task_runner())
def reconcile() -> Reconciled:
    """Ends runs whose process is gone, and registers the deployments of profiles that are new."""
    install_redaction()
    settings = load_settings()
    with errors_redacted(), open_database(settings) as database:
        tidy_own_runs()
        sync_deployments(database, settings)
        return reconcile_all(database)
