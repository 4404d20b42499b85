"""The starter of the extension SDK's documentation, built with its own configuration and run by its own manifest."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from local_looker import served_looker
from lookgate.emulator.pages import session as sessions

pytestmark = pytest.mark.browser
STARTER = Path(__file__).parent / "starter_extension"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    vite = shutil.which("vite", path=str(STARTER.parents[2] / "node_modules" / ".bin"))
    if vite is None:
        pytest.skip("the starter cannot be built: run `npm ci` first")
    folder = tmp_path_factory.mktemp("starter")
    command = [vite, "build", "--outDir", str(folder / "dist"), "--emptyOutDir", "--logLevel", "error"]
    built = subprocess.run(command, cwd=STARTER, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert built.returncode == 0, built.stdout + built.stderr
    shutil.copy(STARTER / "manifest.lkml", folder)
    return folder


@pytest.mark.parametrize(("first_name", "greeting"), [("Ada", "Hello, Ada Admin"), ("Eve", "Hello, Eve East")])
def test_the_starter_of_the_documentation_greets_whoever_is_signed_in(
    context: BrowserContext, project: Path, first_name: str, greeting: str
) -> None:
    with served_looker(projects=[project]) as looker:
        session = sessions.start(looker.instance, looker.user(first_name).id)
        context.add_cookies([{"name": sessions.COOKIE, "value": session.id, "url": looker.instance.base_url}])
        page = context.new_page()
        page.goto(f"{looker.instance.base_url}/extensions/starter::hello")
        expect(page.frame_locator("iframe").get_by_role("heading")).to_have_text(greeting)
        page.close()
