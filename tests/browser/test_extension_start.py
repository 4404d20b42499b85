"""How an extension starts, and what a person is told when it does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from extension_site import Lab
from probe_frame import frame_of

pytestmark = pytest.mark.browser
Open = Callable[[str, str], Page]


def test_an_extension_that_does_not_answer_is_given_up_after_thirty_seconds(
    open_page: Open, context: BrowserContext
) -> None:
    context.clock.install()
    page = open_page("Ada", "/extensions/lab::mute")
    page.locator("iframe").wait_for()
    page.frames[-1].wait_for_load_state()
    expect(page.get_by_role("alert")).to_have_count(0)
    context.clock.run_for(31_000)
    expect(page.get_by_role("alert")).to_contain_text("it did not answer within 30 seconds")
    expect(page.locator("[data-extension]")).to_have_attribute("data-state", "failed")


def test_a_bundle_that_is_not_there_is_named(open_page: Open, lab: Lab) -> None:
    bundle = Path(lab.instance.projects["lab"].folder) / "bundle" / "mute.js"
    hidden = bundle.rename(bundle.with_suffix(".away"))
    try:
        page = open_page("Ada", "/extensions/lab::mute")
        notice = page.get_by_role("alert")
        expect(notice).to_contain_text("The extension did not start: lab/bundle/mute.js does not exist")
        expect(notice).to_contain_text("(lab/manifest.lkml, file:)")
        expect(notice).not_to_contain_text("access-control-allow-origin")
    finally:
        hidden.rename(bundle)


def test_an_extension_that_needs_another_looker_says_so(open_page: Open) -> None:
    page = open_page("Ada", "/extensions/lab::mute")
    answer = page.locator("iframe").element_handle()
    frame = answer.content_frame() if answer else None
    assert frame is not None
    frame.evaluate(
        """() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = ({ data: { action, data } }) => {
            if (action === 0) port1.postMessage({ action: 1, data: {} });
            if (action !== 2) return;
            const errorMessage = 'Extension requires Looker version >=99, got 25.20.0';
            const payload = [{ extensionSdkVersion: '0.0.0', errorMessage }];
            port1.postMessage({ action: 4, data: { eventName: data.eventName, payload, sequence: data.sequence } });
          };
          parent.postMessage({ action: 0 }, '*', [port2]);
        }"""
    )
    expect(page.get_by_role("alert")).to_contain_text("Extension requires Looker version >=99")


def test_a_bundle_that_never_calls_the_sdk_is_told_after_some_seconds(open_page: Open, context: BrowserContext) -> None:
    context.clock.install()
    page = open_page("Ada", "/extensions/lab::silent")
    page.frame_locator("iframe").get_by_text("Hello").wait_for(state="attached")
    page.wait_for_load_state()
    expect(page.get_by_role("alert")).to_have_count(0)
    context.clock.run_for(6_000)
    expect(page.get_by_role("alert")).to_contain_text("never called connectExtensionHost() of @looker/extension-sdk")
    expect(page.frame_locator("iframe").get_by_text("Hello")).to_be_visible()


def test_the_error_of_a_bundle_that_breaks_is_told(open_page: Open) -> None:
    page = open_page("Ada", "/extensions/lab::broken")
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("The extension did not start: Uncaught Error: no such thing (")
    expect(notice).to_contain_text("/bundle/broken.js:1)")


def test_a_frame_that_is_late_takes_its_notice_back(open_page: Open) -> None:
    page = open_page("Ada", "/extensions/lab::broken")
    expect(page.get_by_role("alert")).to_have_count(1)
    frame = page.frames[-1]
    frame.evaluate("parent.postMessage({ action: 0 }, '*', [new MessageChannel().port2])")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_an_empty_frame_is_not_seen_before_its_extension_is_there(open_page: Open) -> None:
    page = open_page("Ada", "/extensions/lab::mute")
    expect(page.locator("iframe")).to_have_css("opacity", "0")
    page = open_page("Ada", "/extensions/lab::probe")
    frame_of(page)
    expect(page.locator("iframe")).to_have_css("opacity", "1")


@pytest.mark.parametrize("path", ["/embed/extensions/lab::probe", "/extensions/lab%3A%3Aprobe", "/spartan/lab::probe"])
def test_routes_are_kept_wherever_an_extension_fills_the_page(open_page: Open, path: str) -> None:
    page = open_page("Ana", f"{path}/deep?sort=up")
    frame = frame_of(page)
    assert frame.evaluate("probe.initial.route") == "/deep?sort=up"
    frame.evaluate("probe.sdk.clientRouteChanged('/next')")
    page.wait_for_url(f"**{path}/next")
