"""Talking to the probe extension inside its frame."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Frame, Locator, Page

OPEN_TILE = """async ([markup, id]) => {
  const holder = document.createElement('div');
  holder.innerHTML = markup;
  const mount = holder.firstElementChild;
  mount.id = id;
  document.body.append(mount);
  window.heard ??= [];
  for (const name of ['run', 'stop', 'filters', 'drill', 'cross-filter', 'schedule', 'row-limit', 'vis-options']) {
    mount.addEventListener(`host:${name}`, (event) => window.heard.push([id, name, event.detail]));
  }
  await (await import('/host/static/frame.js')).mount(mount);
}"""


def frame_in(mount: Locator) -> Frame:
    """Return the frame inside a placeholder, once the extension in it is connected."""
    mount.and_(mount.page.locator("[data-state=connected]")).wait_for()
    handle = mount.locator("iframe").element_handle()
    frame = handle.content_frame() if handle else None
    assert frame is not None
    frame.wait_for_function("window.probe?.sdk !== undefined")
    return frame


def frame_of(page: Page) -> Frame:
    """Return the frame of a page that is one extension."""
    return frame_in(page.locator("[data-extension]"))


def outcome(frame: Frame, call: str, arg: object = None) -> dict[str, Any]:
    """Make one call with the SDK: ``{value}`` or ``{error}``; ``call`` sees ``sdk``, ``core`` and ``arg``."""
    late = "new Promise((resolve) => setTimeout(() => resolve({ error: 'no answer in 20 s' }), 20_000))"
    script = f"(arg) => Promise.race([probe.outcome(async ({{ sdk, core }}) => ({call})), {late}])"
    result: dict[str, Any] = frame.evaluate(script, arg)
    return result


def value(frame: Frame, call: str, arg: object = None) -> Any:
    """Make one call that must succeed."""
    result = outcome(frame, call, arg)
    assert "error" not in result, result
    return result.get("value")


def error(frame: Frame, call: str, arg: object = None) -> str:
    """Make one call that must be refused."""
    result = outcome(frame, call, arg)
    assert "error" in result, result
    return str(result["error"])


def open_tile(page: Page, markup: str, mount_id: str) -> Frame:
    """Put one more placeholder on a page of the local Looker and return its frame."""
    page.evaluate(OPEN_TILE, [markup, mount_id])
    return frame_in(page.locator(f"#{mount_id}"))
