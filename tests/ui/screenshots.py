"""Pictures of every page of the panel from the demo state, and how soon each is there.

    python -m tests.ui.screenshots OUT [--home HOME] [--pages dashboard projects] [--dark]

Starts the panel on a free port, opens each page in the system's Chromium at a desk's and a phone's size.
"""

import argparse
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

from models.profiles import find_profile
from models.project import Project
from models.session import open_database
from models.settings import Settings
from tests.ui.panel_state import fill

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
STEPS = ("footage", "segments", "variants", "script", "captions", "render", "export")
_START_TIMEOUT_S = 60


@dataclass(frozen=True)
class Shot:
    """One page as it is pictured."""

    name: str
    path: str


@contextlib.contextmanager
def panel(home: Path, **environment: str) -> Iterator[str]:
    """A panel of its own for a home; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("REELFLOW_", "STREAMLIT_"))}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ui.server", "127.0.0.1", str(port)],
            env={**kept, "REELFLOW_HOME": str(home), "REELFLOW_PANEL_URL": address, **environment},
            stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            wait_until_open(process, f"{address}/_stcore/health")
            yield address
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read().decode(errors="replace")[-4_000:])
            raise
        finally:
            process.terminate()
            process.wait(10)


def wait_until_open(process: "subprocess.Popen[bytes]", url: str) -> None:
    """Waits until a server that was just started answers."""
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"it ended with {process.returncode} instead of answering at {url}")
        with contextlib.suppress(OSError), urllib.request.urlopen(url):  # noqa: S310
            return
        time.sleep(0.1)
    raise RuntimeError(f"nothing answered at {url} in time")


@contextlib.contextmanager
def browser_page(size: tuple[int, int] = SIZES["desk"], *, scheme: str = "light") -> Iterator[Page]:
    """An empty page of a browser that knows nothing."""
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS), headless=True,
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme,  # type: ignore[arg-type]
        )  # fmt: skip
        try:
            yield context.pages[0]
        finally:
            context.close()


def settle(page: Page) -> None:
    """Waits until Streamlit has drawn everything and pictures are there."""
    page.wait_for_selector("[data-testid=stAppViewContainer] h1", timeout=20_000)
    page.wait_for_function(
        "document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]') && "
        "!document.querySelector('[data-testid=stSkeleton]') && "
        "[...document.images].every((image) => image.complete)",
        timeout=20_000,
    )
    page.wait_for_timeout(300)


def shots(home: Path) -> list[Shot]:
    """Every page, for Acme and its first project."""
    with open_database(Settings(home=home)) as database:
        profile = find_profile(database, "acme")
        with database.profile_session(profile.id, read_only=True) as session:
            from sqlmodel import select

            project = session.exec(select(Project).where(Project.name == "Summer sale")).one()
    names = ("dashboard", "projects", "runs", "costs", "settings", "profiles", "health", "welcome")
    plain = [
        Shot(name, f"/{'' if name == 'dashboard' else name}?{urlencode({'profile': 'acme'})}")
        for name in names
    ]
    steps = [
        Shot(
            f"project-{step}",
            f"/project?{urlencode({'profile': 'acme', 'project': project.id, 'step': step})}",
        )
        for step in STEPS
    ]
    return plain + steps


def main() -> None:
    """Takes the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", type=Path)
    parser.add_argument("--home", type=Path, help="a filled home; one is made when left out")
    parser.add_argument("--pages", nargs="*")
    parser.add_argument("--dark", action="store_true")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        home = arguments.home
        if home is None:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home"
            fill(home)
        address = stack.enter_context(panel(home))
        for size_name, size in SIZES.items():
            with browser_page(size, scheme="dark" if arguments.dark else "light") as page:
                for shot in shots(home):
                    if arguments.pages and shot.name not in arguments.pages:
                        continue
                    page.goto(address + shot.path)
                    settle(page)
                    page.screenshot(path=arguments.out / f"{shot.name}-{size_name}.png")


if __name__ == "__main__":
    main()
