"""The local Google's page in a real browser: without scripts, with the keyboard, on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from local_google import LocalGoogle, google_part, served_google

pytestmark = pytest.mark.browser

JOB = {
    "name": "renew",
    "uri": "http://127.0.0.1:1/api/sync-attributes",
    "schedule": "*/5 * * * *",
    "account": "scheduler",
}


@pytest.fixture
def local() -> Iterator[LocalGoogle]:
    with served_google(google_part(jobs=[JOB])) as found:
        yield found


@pytest.fixture
def page(chromium: Browser, local: LocalGoogle) -> Iterator[Page]:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    context.set_default_timeout(15_000)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(local.base_url)
    yield page
    assert problems == []
    context.close()


def test_one_ticks_a_fault_rotates_a_key_and_runs_a_job_on_a_phone_without_scripts(
    page: Page, local: LocalGoogle
) -> None:
    local.statuses = [503]
    expect(page.locator("h1")).to_have_text("Local Google")
    page.get_by_label("The scheduler misses its time").check()
    page.get_by_label("This service's clock is off").fill("-40")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_label("The scheduler misses its time")).to_be_checked()
    expect(page.get_by_label("This service's clock is off")).to_have_value("-40")
    assert (local.google.faults.values["scheduler_missed"], local.google.faults.values["clock_off"]) == (1, -40)
    first = local.google.keys.current.kid
    page.get_by_role("button", name="Rotate").click()
    expect(page.locator(".chip", has_text=first[:12])).to_be_visible()
    assert local.google.keys.current.kid != first
    page.get_by_role("button", name="Run now").click()
    expect(page.locator(".chip.warn", has_text="503")).to_be_visible()
    assert [call.uri for call in local.calls] == [JOB["uri"]]


def test_the_page_fits_a_phone_and_boxes_are_reached_with_the_keyboard(chromium: Browser, local: LocalGoogle) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(local.base_url)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "checkbox":
            break
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_label("The metadata server answers 503")).to_be_checked()
    assert local.google.faults.values["metadata_down"] == 1
    context.close()
