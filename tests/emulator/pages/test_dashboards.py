from __future__ import annotations

import json
import re
from html import unescape

from pages_site import Pages

BOARD = "/dashboards/air::all_kinds"
TOTAL, ASK, BROKEN, COLUMNS, LINES, SHARES, MAP = range(1, 8)


def tile(pages: Pages, index: int, query: str = "", who: str = "Eve") -> str:
    reply = pages.signed_in(who).get(f"{BOARD}/tiles/{index}?{query}")
    assert reply.status == 200, reply.text
    return reply.text


def test_a_dashboard_lists_its_tiles_and_each_is_fetched_by_itself(pages: Pages) -> None:
    text = pages.signed_in("Eve").get(f"{BOARD}?Animal=Bear").text
    found = re.findall(r'data-tile="([^"]+)"', text)
    assert [unescape(path) for path in found] == [f"{BOARD}/tiles/{index}?Animal=Bear" for index in range(1, 8)]
    assert 'name="Animal" value="Bear"' in text


def test_a_tile_runs_its_query_on_the_database(pages: Pages) -> None:
    assert '<span class="number-value">42</span>' in tile(pages, TOTAL)


def test_a_filter_in_the_address_reaches_the_tiles_that_listen(pages: Pages) -> None:
    assert '<span class="number-value">7</span>' in tile(pages, TOTAL, "Animal=Otter")
    assert '<span class="number-value">37</span>' in tile(pages, TOTAL, "Animal=Otter,Bear")
    assert '<span class="number-value">0</span>' in tile(pages, TOTAL, "Animal=Otter' OR '1'='1")
    assert "Bear" in tile(pages, COLUMNS, "Animal=Otter"), "this one does not listen"


def test_a_fields_own_html_keeps_its_link_and_loses_what_could_run(pages: Pages) -> None:
    text = tile(pages, ASK)
    assert "Sign in as eve@air.example?" in text
    assert '<a href="https://hub.example/back?claim=claim-1" class="button">Allow</a>' in text
    assert "<a>Bad</a>" in text
    for bad in ("script", "onclick", "alert", "evil"):
        assert bad not in text


def test_a_tile_that_fails_says_why_and_the_others_go_on(pages: Pages) -> None:
    text = tile(pages, BROKEN)
    assert "This tile cannot be shown" in text
    assert "sightings.nothing" in unescape(text)


def test_charts_draw_a_mark_for_each_value_and_carry_their_table(pages: Pages) -> None:
    for index, element, count in ((COLUMNS, "rect", 3), (LINES, "circle", 3), (SHARES, "path", 3)):
        text = tile(pages, index, "tile_width=500&tile_height=300")
        assert re.search(r'<svg [^>]*width="500"[^>]*role="img"', text)
        assert len(re.findall(rf"<{element}[^>]*><title>", text)) == count
        assert text.count("<tr>") == 4
        assert "Show as a table" in text
    assert "<title>Bear · Seen: 30</title>" in tile(pages, COLUMNS)


def test_values_from_the_database_are_only_text(pages: Pages) -> None:
    for index in (COLUMNS, SHARES, MAP):
        text = tile(pages, index)
        assert "&lt;b&gt;Lynx&lt;/b&gt;" in text
        assert "<b>" not in text


def test_a_visualization_that_is_not_drawn_shows_its_rows_and_says_so(pages: Pages) -> None:
    text = tile(pages, MAP)
    assert "does not draw looker_map" in text
    assert text.count("<tr>") == 4


def test_any_size_that_a_browser_asks_for_is_bounded(pages: Pages) -> None:
    for asked in ("0", "-5", "1e9", "99999", "999999999999", "x", "٣", ""):
        assert "<svg" in tile(pages, COLUMNS, f"tile_width={asked}&tile_height={asked}")


def test_an_extension_in_a_tile_gets_what_the_host_tells_tiles(pages: Pages) -> None:
    text = pages.signed_in("Eve").get(f"{BOARD}?Animal=Bear").text
    found = re.search(r'data-extension="zoo::cage" data-mount="dashboard-tile"[^>]*data-context="([^"]+)"', text)
    assert found
    told = json.loads(unescape(found[1]))["tile"]
    assert told["dashboardId"] == "air::all_kinds"
    assert told["dashboardFilters"] == {"Animal": "Bear"}


def test_text_tiles_are_markdown_without_html(pages: Pages) -> None:
    text = pages.signed_in("Eve").get(BOARD).text
    assert "Some <strong>bold</strong> &lt;img src=x onerror=alert(1)&gt;" in text
    assert 'href="javascript' not in text


def test_a_dashboard_is_not_there_for_those_who_may_not_see_it(pages: Pages) -> None:
    stranger = pages.signed_in("Wim")
    assert stranger.get(BOARD).status == 404
    assert stranger.get(f"{BOARD}/tiles/1").status == 404
    assert "all_kinds" not in stranger.get("/").text
    assert "Nothing here is yours to open" in stranger.get("/").text


def test_a_tile_that_is_not_there_is_a_404(pages: Pages) -> None:
    visitor = pages.signed_in("Eve")
    for index in ("9", "99999999999999999999", "-1", "x"):
        assert visitor.get(f"{BOARD}/tiles/{index}").status == 404


def test_an_extension_without_a_page_of_its_own_is_neither_listed_nor_opened(pages: Pages) -> None:
    visitor = pages.signed_in("Eve")
    home = visitor.get("/").text
    assert "/extensions/zoo::cage/" in home
    assert "zoo::lion" not in home
    assert visitor.get("/extensions/zoo::lion/").status == 404
    assert pages.signed_in("Wim").get("/extensions/zoo::cage/").status == 404


def test_the_extension_page_holds_the_hosts_placeholder_with_any_route(pages: Pages) -> None:
    visitor = pages.signed_in("Eve")
    for path in ("/extensions/zoo::cage", "/extensions/zoo::cage/", "/extensions/zoo::cage/a/b?c=d"):
        text = visitor.get(path).text
        assert 'data-extension="zoo::cage" data-mount="standalone" data-host-type="standard"' in text
        assert '<script type="module" src="/host/static/host.js">' in text
        assert '<header class="top">' in text
    bare = visitor.get("/spartan/zoo::cage").text
    assert 'data-host-type="spartan"' in bare
    assert '<header class="top">' not in bare


def test_embedded_pages_have_no_frame_of_ours_and_only_allowed_sites_may_frame_them(pages: Pages) -> None:
    allowed = ["https://app.example", "https://*.corp.example:8443", "https://x.example; script-src *", "*", "'none'"]
    pages.looker.instance.shelf("setting")["embed_config"] = {"domain_allowlist": allowed}
    visitor = pages.signed_in("Eve")
    for path in ("/embed/dashboards/air::all_kinds", "/embed/extensions/zoo::cage", "/embed/extensions/zoo::cage/a"):
        reply = visitor.get(path)
        assert reply.status == 200
        assert '<header class="top">' not in reply.text
        policy = reply.header("content-security-policy") or ""
        assert policy.endswith("frame-ancestors 'self' https://app.example https://*.corp.example:8443")
    assert 'data-host-type="embed"' in visitor.get("/embed/extensions/zoo::cage").text
    for path in ("/dashboards/air::all_kinds", "/extensions/zoo::cage", "/account"):
        assert (visitor.get(path).header("content-security-policy") or "").endswith("frame-ancestors 'self'")
