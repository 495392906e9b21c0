"""Pictures of every page of the panel, from the demo state of `tests.ui.panel_state`.

    python -m tests.ui.screenshots docs/images/panel       the documentation's (`make screenshots`)
    python -m tests.ui.screenshots OUT --all [--home HOME] [--pages dashboard runs] [--dark]

The documentation's are WebP files small enough for a repository; `--all` makes PNG files of every page at a
desk's and a phone's size, for looking at closely.
"""

import argparse
import contextlib
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image
from sqlmodel import select

from models.profiles import find_profile
from models.project import Project
from models.run import Run, RunState
from models.session import open_database
from models.settings import Settings
from tests.ui.chromium import DESK, PHONE, open_page, settle
from tests.ui.panel_state import fill
from tests.ui.product import panel_up

SIZES = {"desk": DESK, "phone": PHONE}
STEPS = ("footage", "segments", "variants", "script", "captions", "render", "export")

#: A picture in the repository is at most this large.
MOST_BYTES = 150_000

#: Its table's pictures are cut when they are first asked for, and nobody can see when the last is there.
_ASKED_TWICE = frozenset({"project-segments"})

#: What the documentation shows of the panel on a phone.
_ON_PHONE = frozenset({"dashboard", "project-variants"})


@dataclass(frozen=True)
class Shot:
    """One page as it is pictured."""

    name: str
    path: str


def shots(home: Path) -> list[Shot]:
    """Every page, for Acme and its first project."""
    with open_database(Settings(home=home)) as database:
        profile = find_profile(database, "acme")
        with database.profile_session(profile.id, read_only=True) as session:
            project = session.exec(select(Project).where(Project.name == "Summer sale")).one()
            failed = session.exec(select(Run).where(Run.state == RunState.FAILED)).first()
    names = ("dashboard", "make", "projects", "runs", "costs", "settings", "profiles", "health", "welcome")
    pages = [
        Shot(name, f"/{'' if name == 'dashboard' else name}?{urlencode({'profile': 'acme'})}")
        for name in names
    ]
    if failed:
        pages.append(Shot("run", f"/runs?{urlencode({'profile': 'acme', 'run': failed.id})}"))
    asked = {"profile": "acme", "project": project.id}
    return pages + [
        Shot(f"project-{step}", f"/project?{urlencode({**asked, 'step': step})}") for step in STEPS
    ]


def _is_documented(shot: Shot, size_name: str) -> bool:
    return size_name == "desk" or shot.name in _ON_PHONE


def shrunk(png: bytes) -> bytes:
    """A picture as WebP, as good as fits into `MOST_BYTES`."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for quality in (90, 80, 70, 55, 40):
        target = io.BytesIO()
        picture.save(target, "WEBP", quality=quality, method=6)
        if target.tell() <= MOST_BYTES:
            break
    return target.getvalue()


def main() -> None:
    """Takes the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", type=Path)
    parser.add_argument("--home", type=Path, help="a filled home; one is made when left out")
    parser.add_argument("--pages", nargs="*")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--dark", action="store_true")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        home = arguments.home
        if home is None:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home"
            fill(home)
        wanted = [shot for shot in shots(home) if not arguments.pages or shot.name in arguments.pages]
        address = stack.enter_context(panel_up(home)).panel
        for size_name, size in SIZES.items():
            with open_page(address, size, is_dark=arguments.dark) as page:
                for shot in wanted:
                    if not arguments.all and not _is_documented(shot, size_name):
                        continue
                    page.goto(shot.path)
                    settle(page)
                    if shot.name in _ASKED_TWICE:
                        page.reload()
                        settle(page)
                    png = page.screenshot()
                    if arguments.all:
                        (arguments.out / f"{shot.name}-{size_name}.png").write_bytes(png)
                    else:
                        suffix = "-phone" if size_name == "phone" else ""
                        (arguments.out / f"{shot.name}{suffix}.webp").write_bytes(shrunk(png))


if __name__ == "__main__":
    main()
