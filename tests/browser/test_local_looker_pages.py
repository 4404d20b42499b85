"""The local Looker's pages in a real browser: with the keyboard, without scripts, on a phone, in the dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from local_looker import Looker, served_looker
from pages_site import HOSTILE, world, write_project

pytestmark = pytest.mark.browser

PAGES = [
    "/login",
    "/",
    "/account",
    "/explore",
    "/explore/air/sightings?fields=sightings.animal,sightings.seen",
    "/dashboards/air::all_kinds",
    "/admin/users",
    "/admin/users/1",
    "/admin/groups",
    "/admin/roles",
    "/admin/user_attributes",
    "/admin/api",
    "/nowhere",
]

CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const found = rgba(getComputedStyle(e).backgroundColor);
      if (found[3] > 250) return found;
    }
    return rgba('white');
  };
  const weak = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (element.closest('svg, script, noscript, .from-lookml')) continue;
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) weak.push(`${walker.currentNode.data.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return weak;
}"""


@pytest.fixture(scope="module")
def looker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Looker]:
    project = write_project(tmp_path_factory.mktemp("project"))
    with served_looker(world(), projects=[project]) as running:
        yield running


@pytest.fixture
def page(context: BrowserContext, looker: Looker) -> Page:
    page = context.new_page()
    page.goto(looker.instance.base_url + "/login")
    return page


def sign_in(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile(re.escape(name))).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello")


def test_a_person_chooses_a_user_opens_a_dashboard_and_switches_with_one_click(page: Page) -> None:
    sign_in(page, "Eve East")
    page.get_by_role("link", name=re.compile("Kinds of")).click()
    expect(page.locator(".number-value")).to_have_text("42")
    page.get_by_label("Animal", exact=True).fill("Otter")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".number-value")).to_have_text("7")
    page.get_by_label("Signed in as Eve East").click()
    page.get_by_role("button", name=re.compile("Bea Build")).click()
    expect(page.get_by_label("Signed in as Bea Build")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/dashboards/air::all_kinds\?Animal=Otter$"))


def test_everything_is_reached_with_the_keyboard_and_the_focus_is_seen(page: Page) -> None:
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    first = page.get_by_role("button", name=re.compile("Ada Admin"))
    expect(first).to_be_focused()
    outline = first.evaluate("e => [getComputedStyle(e).outlineStyle, parseFloat(getComputedStyle(e).outlineWidth)]")
    assert outline == ["solid", 3]
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Ada")

    reached: list[str] = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("(document.activeElement.ariaLabel ?? document.activeElement.innerText).trim()"))
    assert reached[0] == "Skip to the content"
    assert reached[1].startswith("Local Looker")
    assert reached[2:5] == ["Home", "Explore", "Admin"]
    assert reached[5].startswith("Signed in as Ada Admin")
    menu = page.locator("details.user")
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Your account")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1).click()
    expect(menu).not_to_have_attribute("open", "")


def test_the_pages_work_without_scripts(chromium: Browser, looker: Looker) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(looker.instance.base_url + "/login?return_to=/explore/air/sightings")
    page.locator("button.card", has_text="Bea Build").click()
    page.locator("label", has_text="Animal").first.click()
    page.locator("button", has_text="Run").click()
    expect(page.locator(".results h2")).to_have_text("3 rows")
    page.locator("details.user summary").click()
    page.locator(".menu button", has_text="Eve East").click()
    expect(page.locator("h1")).to_have_text("No such explore")
    page.goto(looker.instance.base_url + "/dashboards/air::all_kinds")
    page.locator("noscript a", has_text="Show this tile").first.click()
    expect(page.locator(".number-value")).to_have_text("42")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_is_readable_and_fits_its_window(chromium: Browser, looker: Looker, scheme: Any, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on(
        "console", lambda message: broken.append(message.text) if "Content Security Policy" in message.text else None
    )
    page.goto(looker.instance.base_url + "/login")
    sign_in(page, "Ada Admin")
    for path in PAGES:
        page.goto(looker.instance.base_url + path)
        page.wait_for_function("!document.querySelector('[aria-busy]')")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is wider than {width}"
        page.locator("details").evaluate_all("all => all.forEach((each) => (each.open = true))")
        assert page.evaluate(CONTRAST) == [], f"{path} in {scheme}"
    assert broken == []
    context.close()


def test_a_hostile_name_runs_nowhere(page: Page, looker: Looker) -> None:
    ran: list[str] = []

    def seen(dialog: Dialog) -> None:
        ran.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", seen)
    sign_in(page, HOSTILE[:8])
    page.get_by_label("Signed in as").click()
    page.get_by_role("button", name=re.compile("Ada Admin")).click()
    for path in PAGES:
        page.goto(looker.instance.base_url + path)
        page.wait_for_function("!document.querySelector('[aria-busy]')")
    assert ran == []


def test_finding_a_field_narrows_the_list(page: Page, looker: Looker) -> None:
    sign_in(page, "Bea Build")
    page.goto(looker.instance.base_url + "/explore/air/sightings")
    page.get_by_label("Find a field").fill("sco")
    expect(page.locator(".pick:visible")).to_have_count(1)
    page.get_by_label("Find a field").fill("")
    expect(page.locator(".pick:visible")).to_have_count(5)


def test_a_tile_that_cannot_be_reached_can_be_tried_again(page: Page, looker: Looker) -> None:
    sign_in(page, "Eve East")
    page.route("**/tiles/1?*", lambda route: route.abort())
    page.goto(looker.instance.base_url + "/dashboards/air::all_kinds")
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    page.unroute("**/tiles/1?*")
    again.click()
    expect(page.locator(".number-value")).to_have_text("42")


def test_an_extension_runs_on_its_page_and_in_a_tile(page: Page, looker: Looker) -> None:
    sign_in(page, "Eve East")
    for path in ("/extensions/zoo::cage/", "/spartan/zoo::cage", "/dashboards/air::all_kinds"):
        page.goto(looker.instance.base_url + path)
        frame = page.frame_locator("[data-extension] iframe")
        expect(frame.locator("body")).to_have_text("caged")


def test_a_tile_tells_the_dashboard_to_change_its_filters_and_run(page: Page, looker: Looker) -> None:
    sign_in(page, "Eve East")
    page.goto(looker.instance.base_url + "/dashboards/air::all_kinds")
    expect(page.locator(".number-value")).to_have_text("42")
    page.locator("[data-extension]").evaluate(
        """(tile) => {
          const detail = {filters: {Animal: 'Bear', Other: 'x'}, run: true};
          tile.dispatchEvent(new CustomEvent('host:filters', {detail, bubbles: true}));
          tile.dispatchEvent(new CustomEvent('host:run', {bubbles: true}));
        }"""
    )
    expect(page.locator(".number-value")).to_have_text("30")
    expect(page).to_have_url(re.compile(r"\?Animal=Bear$"))
    expect(page.get_by_label("Animal", exact=True)).to_have_value("Bear")
