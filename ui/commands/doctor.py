"""`reelflow doctor`: whether everything is in place, and what to do where it is not."""

import typer

from models.settings import load_settings
from ui.checkup import examine_everything
from ui.commands.context import JsonOption
from ui.output import print_json, print_table


def doctor(as_json: JsonOption = False) -> None:
    """Check ffmpeg, the offline voice, fonts, the database, the disk, ledgers, and keys without spending."""
    settings = load_settings()
    findings = examine_everything(settings)
    if as_json:
        print_json(
            {
                "well": all(finding.is_well for finding in findings),
                "checks": [{"name": f.name, "passed": f.is_well, "detail": f.detail} for f in findings],
            }
        )
    else:
        print_table(
            ["", "check", "detail"],
            [("ok" if f.is_well else "FAILED", f.name, f.detail) for f in findings],
            empty="",
        )
    if not all(finding.is_well for finding in findings):
        raise typer.Exit(1)
