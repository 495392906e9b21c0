"""`reelflow doctor`: whether everything is in place, and what to do where it is not."""

import shutil
import tempfile
from pathlib import Path

import typer

from models.errors import ReelflowError
from models.session import open_database
from models.settings import Settings, load_settings
from tasks.media.doctor import Finding, examine_ffmpeg, examine_font
from tasks.providers.offline import OfflineVoice
from tasks.providers.ports import SpeechRequest
from ui.commands.context import JsonOption, make_home
from ui.output import print_json, print_table

_ENOUGH_BYTES = 2 * 1024**3
_VOICE_TIMEOUT_S = 60.0


def doctor(as_json: JsonOption = False) -> None:
    """Check ffmpeg, the offline voice, fonts, the database and the disk."""
    settings = load_settings()
    findings = [
        examine_ffmpeg(),
        _voice(),
        examine_font(),
        _database(settings),
        _disk(settings),
    ]
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


def _voice() -> Finding:
    try:
        with tempfile.TemporaryDirectory() as folder:
            speech = OfflineVoice().speak(
                SpeechRequest(text="Hello.", voice="en-us"), Path(folder), timeout_s=_VOICE_TIMEOUT_S
            )
    except ReelflowError as error:
        return Finding("offline voice", False, str(error))
    return Finding(
        "offline voice", True, f"{speech.model}, said a word in {speech.duration_s:.1f} s of sound"
    )


def _database(settings: Settings) -> Finding:
    try:
        make_home(settings)
        with open_database(settings):
            pass
    except ReelflowError as error:
        return Finding("database", False, str(error))
    return Finding("database", True, "open and up to date")


def _disk(settings: Settings) -> Finding:
    folder = settings.home_dir
    try:
        make_home(settings)
    except ReelflowError as error:
        return Finding("disk", False, str(error))
    free = shutil.disk_usage(folder).free
    detail = f"{free / 1024**3:.1f} GiB free at {folder}"
    if free < _ENOUGH_BYTES:
        return Finding("disk", False, f"{detail}; free some or set REELFLOW_HOME to another disk")
    return Finding("disk", True, detail)
