"""`reelflow clean` and `reelflow reconcile`: what schedules do by themselves, at once."""

from tasks.cleaning import clean_profile
from ui.commands.context import JsonOption, ProfileOption, installation, workplace
from ui.output import print_json, print_text
from ui.prefect_start import prefect_ready


def clean(profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """Clear away what the profile no longer needs: files of nothing, and what killed runs left."""
    with workplace(profile) as place:
        cleaned = clean_profile(place.database, place.profile.id)
    if as_json:
        print_json({"profile": place.profile.slug, **cleaned.model_dump()})
        return
    print_text(
        f"{place.profile.name}: {cleaned.files} files, {cleaned.archives} old archives "
        f"({cleaned.bytes / 1e6:.1f} MB) and {cleaned.uploads} uploads deleted, "
        f"{cleaned.expired_reservations} reservations ended."
    )
    if cleaned.ledger_mismatches:
        print_text("The ledger's counters don't match its lines; see reelflow costs.")


def reconcile(as_json: JsonOption = False) -> None:
    """End the runs whose process is gone, in the database and in Prefect, and register the schedules."""
    with installation() as (settings, database), prefect_ready(settings):
        from flows.deployments import sync_deployments
        from flows.reconciliation import reconcile_all

        sync_deployments(database, settings)
        done = reconcile_all(database)
    if as_json:
        print_json(
            {"ended": [str(run) for run in done.ended], "corrected": [str(run) for run in done.corrected]}
        )
        return
    print_text(
        f"{len(done.ended)} runs were ended; Prefect was corrected about {len(done.corrected)}."
        if done.ended or done.corrected
        else "All runs are as they are said to be."
    )
