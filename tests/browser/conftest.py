"""Chromium for tests, the probe extension built from its source, and a local Looker that runs it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from extension_site import Lab, running_lab, user_id
from lookgate.emulator.pages import session as sessions

PROBE = Path(__file__).parent / "extension_probe"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed: install Debian's package `chromium` to run the browser tests")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture(scope="session")
def probe_bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the probe's classic and module bundles, built from source."""
    vite = shutil.which("vite", path=str(PROBE.parents[2] / "node_modules" / ".bin"))
    if vite is None:
        pytest.skip("the probe extension cannot be built: run `npm ci` first")
    out = tmp_path_factory.mktemp("probe")
    for mode in ("classic", "module"):
        command = [vite, "build", "--mode", mode, "--outDir", str(out / mode), "--emptyOutDir", "--logLevel", "error"]
        built = subprocess.run(command, cwd=PROBE, capture_output=True, text=True, check=False)  # noqa: S603 - our own
        assert built.returncode == 0, built.stdout + built.stderr
    return out


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, probe_bundles: Path) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(probe_bundles / "classic", folder / "bundle")
    shutil.copytree(probe_bundles / "module", folder / "module")
    knocks = "parent.postMessage({ action: 0 }, '*', [new MessageChannel().port2])"
    (folder / "bundle" / "mute.js").write_text(knocks, "utf-8")
    (folder / "bundle" / "silent.js").write_text("document.body.append('Hello')", "utf-8")
    (folder / "bundle" / "broken.js").write_text("throw new Error('no such thing')", "utf-8")
    with running_lab(folder, (folder / "bundle" / "bundle.js").read_bytes()) as running:
        yield running


@pytest.fixture
def open_page(context: BrowserContext, lab: Lab) -> Callable[[str, str], Page]:
    """Sign a user in and open a page of the local Looker as them."""

    def open_as(first_name: str, path: str) -> Page:
        session = sessions.start(lab.instance, user_id(lab.instance, first_name))
        context.add_cookies([{"name": sessions.COOKIE, "value": session.id, "url": lab.instance.base_url}])
        page = context.new_page()
        page.goto(lab.instance.base_url + path)
        return page

    return open_as
