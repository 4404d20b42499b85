from __future__ import annotations

import json
from html import unescape

from pages_site import Pages

PAGE = "/explore/air/sightings"
ASKED = "fields=sightings.animal,sightings.seen&f[sightings.month]=2024-01,2024-02&sorts=sightings.seen"


def test_the_explore_runs_the_query_that_the_address_spells(pages: Pages) -> None:
    text = pages.signed_in("Bea").get(f"{PAGE}?{ASKED}").text
    assert "<h2>2 rows</h2>" in text
    assert text.index("<td>Otter</td>") < text.index("<td>Bear</td>")
    assert "<td>&lt;b&gt;Lynx&lt;/b&gt;</td>" not in text
    assert "SELECT" in text, "Bea may see SQL"


def test_the_form_becomes_an_address_that_can_be_shared(pages: Pages) -> None:
    form = (
        "field=sightings.animal&field=sightings.seen&filter_field=sightings.animal&filter_value=Bear"
        "&filter_field=&filter_value=&limit=5&run=1"
    )
    reply = pages.signed_in("Bea").get(f"{PAGE}?{form}")
    assert reply.status == 303
    location = reply.header("location") or ""
    assert location == f"{PAGE}?fields=sightings.animal,sightings.seen&f[sightings.animal]=Bear&limit=5"
    assert "<h2>1 row</h2>" in pages.signed_in("Bea").get(location).text


def test_results_go_along_as_csv_and_json_for_those_who_may_download(pages: Pages) -> None:
    admin = pages.signed_in("Ada")
    csv = admin.get(f"{PAGE}/download.csv?{ASKED}")
    assert csv.text.splitlines()[1:] == ["Otter,7", "Bear,30"]
    assert csv.header("content-disposition") == 'attachment; filename="air_sightings.csv"'
    rows = json.loads(admin.get(f"{PAGE}/download.json?{ASKED}").body)
    assert rows[0] == {"sightings.animal": "Otter", "sightings.seen": 7}
    assert admin.get(f"{PAGE}/download.exe?{ASKED}").status == 404
    bea = pages.signed_in("Bea")
    assert bea.get(f"{PAGE}/download.csv?{ASKED}").status == 403
    assert "download." not in bea.get(f"{PAGE}?{ASKED}").text


def test_an_explore_needs_the_permission_and_its_access_grants(pages: Pages) -> None:
    viewer, builder = pages.signed_in("Eve"), pages.signed_in("Bea")
    assert viewer.get(PAGE).status == 404
    assert "Nothing to explore" in viewer.get("/explore").text
    assert builder.get("/explore/air/keepers").status == 404
    listed = builder.get("/explore").text
    assert PAGE in listed
    assert "keepers" not in listed


def test_a_wrong_query_is_explained_on_the_page(pages: Pages) -> None:
    visitor = pages.signed_in("Bea")
    for query in (
        "fields=sightings.none",
        "fields=sightings.animal&limit=x",
        "fields=sightings.animal&sorts=<b>",
        "fields=a;b",
    ):
        reply = visitor.get(f"{PAGE}?{query}")
        assert (reply.status, "The query failed" in reply.text) == (200, True), query
    assert pages.signed_in("Ada").get(f"{PAGE}/download.csv?fields=sightings.none").status == 400


def test_nothing_in_the_address_becomes_markup(pages: Pages) -> None:
    evil = "%3Cscript%3Ealert(1)%3C/script%3E"
    visitor = pages.signed_in("Bea")
    for query in (f"fields={evil}", f"f[{evil}]={evil}&fields=sightings.animal", f"sorts={evil}&limit={evil}"):
        assert "<script>alert" not in visitor.get(f"{PAGE}?{query}").text


def test_a_share_url_leads_to_the_explore(pages: Pages) -> None:
    body = {"model": "air", "view": "sightings", "fields": ["sightings.animal"]}
    saved = pages.looker.call("Bea", "POST", "/queries", body).value
    path = saved["share_url"].removeprefix(pages.looker.instance.base_url)
    assert pages.signed_in("Bea").get(path).header("location") == f"{PAGE}?fields=sightings.animal"
    assert pages.signed_in("Wim").get(path).status == 404
    assert pages.signed_in("Bea").get("/x/nothing").status == 404


def test_the_picker_shows_fields_and_the_filters_that_are_set(pages: Pages) -> None:
    text = unescape(pages.signed_in("Bea").get(f"{PAGE}?{ASKED}").text)
    assert 'value="sightings.animal" checked' in text
    assert '<option value="sightings.month" selected>' in text
    assert 'value="2024-01,2024-02"' in text
