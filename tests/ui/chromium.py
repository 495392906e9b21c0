"""The Chromium that browser tests and pictures of the panel use: the distribution's, or one that is named.

python -m tests.ui.chromium     installs the distribution's package where there is none and it can
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as NotInTime

#: Names another one than the first of `_NAMES` on the PATH.
VARIABLE = "REELFLOW_CHROMIUM"
ADVICE = (
    "The browser tests need Chromium. On Debian: apt-get install chromium. "
    f"Elsewhere install Chromium or Chrome and let {VARIABLE} name its program; "
    "REELFLOW_SKIP_BROWSER=1 leaves these tests out."
)

DESK = (1440, 900)
PHONE = (390, 844)

needs_browser = pytest.mark.skipif(
    os.environ.get("REELFLOW_SKIP_BROWSER") == "1", reason="REELFLOW_SKIP_BROWSER=1"
)

_SETTLED_MS = 60_000

#: The script is done, no skeleton is left, and pictures and videos are there, also inside our components.
_IS_DRAWN = """() => {
    const every = (root, kind) => [...root.querySelectorAll('*')].flatMap((element) => [
        ...(element.matches(kind) ? [element] : []),
        ...(element.shadowRoot ? every(element.shadowRoot, kind) : []),
    ]);
    return document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]')
        && !document.querySelector('[data-testid=stSkeleton]')
        && every(document, 'img').every((image) => image.complete)
        && every(document, 'video').every((video) => video.readyState >= 2);
}"""

_NAMES = ("chromium", "chromium-browser", "google-chrome")
#: Without these Chromium asks its maker's servers at every start, and starts as root nowhere.
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def find_chromium() -> str | None:
    """The program's path; None when there is none."""
    named = os.environ.get(VARIABLE)
    if named:
        return shutil.which(named)
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A browser without a window; each of its contexts knows nothing of the others.

    While it is open, asyncio has a running loop in this thread: nothing else may want its own.

    Raises:
        RuntimeError: there is no Chromium; says how to get one.
    """
    program = find_chromium()
    if program is None:
        raise RuntimeError(ADVICE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS), headless=True)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(address: str, size: tuple[int, int] = DESK, *, is_dark: bool = False) -> Iterator[Page]:
    """An empty page of a browser of its own; paths are relative to the address."""
    with open_browser() as browser:
        context = browser.new_context(
            base_url=address,
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if is_dark else "light",
            locale="en-GB",
            timezone_id="Europe/Bucharest",
        )
        yield context.new_page()
        context.close()


def settle(page: Page) -> None:
    """Waits until Streamlit has drawn everything, and pictures and the videos' first frames are there."""
    page.wait_for_selector("[data-testid=stAppViewContainer] h1", timeout=_SETTLED_MS)
    page.wait_for_function(_IS_DRAWN, timeout=_SETTLED_MS)
    with suppress(NotInTime):  # a page that reads its list again and again is never idle for long
        page.wait_for_load_state("networkidle", timeout=10_000)
    page.wait_for_timeout(700)  # charts and tables move into place


def install() -> bool:
    """Installs the distribution's package with apt-get, as root or by a sudo that asks nothing."""
    apt = shutil.which("apt-get")
    if apt is None:
        return False
    rights: tuple[str, ...] = ()
    if os.geteuid() != 0:
        sudo = shutil.which("sudo")
        if sudo is None or subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode:
            return False
        rights = (sudo, "-n", "env", "DEBIAN_FRONTEND=noninteractive")
    quiet = (apt, "-qq", "-o", "Dpkg::Use-Pty=0")
    # A list that could not be renewed may do all the same: what counts is what is there in the end.
    for step in ((*quiet, "update"), (*quiet, "install", "-y", "--no-install-recommends", "chromium")):
        subprocess.run(
            [*rights, *step],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdout=subprocess.DEVNULL,
            check=False,
        )
    return find_chromium() is not None


def main() -> None:
    """Makes sure that there is one, else says what to do; the tests then say it again and fail."""
    if os.environ.get("REELFLOW_SKIP_BROWSER") == "1" or find_chromium():
        return
    sys.stderr.write("Installing Chromium for the browser tests (once)...\n")
    if not install():
        sys.stderr.write(f"{ADVICE}\n")


if __name__ == "__main__":
    main()
