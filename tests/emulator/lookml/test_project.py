"""A folder becomes a project; what is wrong in it is a problem with a file and a line, never a crash."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookgate.emulator.lookml.model import Problem
from lookgate.emulator.lookml.project import Project, load_project

MANIFEST = """
project_name: "thelook"
constant: table { value: "real_table" export: override_optional }
application: kitchen_sink {
  label: "Kitchen sink"
  url: "https://localhost:8080/bundle.js"
  mount_points: { dashboard_vis: no dashboard_tile: yes standalone: yes }
  entitlements: {
    core_api_methods: ["me", "all_connections"]
    external_api_urls: []
    local_storage: yes
    use_form_submit: no
    scoped_user_attributes: ["token"]
  }
}
application: bare { file: "bundle.js" }
"""


def project(folder: Path, **files: str) -> Project:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return load_project(folder)


def messages(found: Project) -> list[str]:
    return [problem.message for problem in found.problems]


def test_the_manifest_names_the_project_and_its_applications(tmp_path: Path) -> None:
    found = project(tmp_path, manifest_dot_lkml=MANIFEST)
    assert found.problems == []
    assert found.name == "thelook"
    sink, bare = found.manifest.applications
    assert (sink.id, sink.label, sink.url, sink.file) == (
        "kitchen_sink", "Kitchen sink", "https://localhost:8080/bundle.js", None,
    )  # fmt: skip
    assert sink.mount_points == {"dashboard_vis": False, "dashboard_tile": True, "standalone": True}
    assert sink.entitlements == {
        "core_api_methods": ["me", "all_connections"],
        "external_api_urls": [],
        "local_storage": True,
        "use_form_submit": False,
        "scoped_user_attributes": ["token"],
    }
    assert (bare.file, bare.label, bare.entitlements, bare.mount_points) == ("bundle.js", "Bare", None, None)


def test_without_a_manifest_the_folder_names_the_project(tmp_path: Path) -> None:
    assert project(tmp_path).name == tmp_path.name


def test_an_application_needs_a_file_or_a_url(tmp_path: Path) -> None:
    found = project(tmp_path, manifest_dot_lkml='application: a { label: "A" }')
    assert messages(found) == ['The application "a" needs exactly one of file and url.']
    assert found.problems[0].file == "manifest.lkml"


def test_constants_are_put_in_everywhere_and_unknown_ones_are_problems(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        manifest_dot_lkml=MANIFEST,
        m_dot_model_dot_lkml='connection: "c"\nexplore: v {}\nview: v {sql_table_name: @{table} ;;\nlabel: "@{nope}" }',
    )
    assert found.models["m"].views["v"].sql_table_name == "real_table"
    assert found.problems == [
        Problem(
            severity="error", message='The constant "nope" is not defined in the manifest.', file="m.model.lkml", line=4
        )
    ]


@pytest.mark.parametrize(
    "pattern",
    ["/views/a.view.lkml", "/views/*.view.lkml", "/views/*", "/**/*.view.lkml", "../views/a.view.lkml", "/views/a.view",
     "//other/a.view.lkml", "/nothing/*"],
)  # fmt: skip
def test_includes(tmp_path: Path, pattern: str) -> None:
    found = project(
        tmp_path,
        models__m_dot_model_dot_lkml=f'connection: "c"\ninclude: "{pattern}"\nexplore: a {{}}',
        views__a_dot_view_dot_lkml="view: a { dimension: id {} }",
    )
    if pattern.startswith(("//", "..", "/nothing")):
        first = found.problems[0]
        assert (first.file, first.line) == ("models/m.model.lkml", 2)
        assert first.severity == ("warning" if pattern.startswith("//") else "error")
        assert found.models["m"].explores == {}
    else:
        assert found.problems == []
        assert list(found.models["m"].explores) == ["a"]


def test_relative_includes_start_at_the_including_file_and_circles_end(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        m_dot_model_dot_lkml='connection: "c"\ninclude: "views/a.view.lkml"',
        views__a_dot_view_dot_lkml='include: "b.view.lkml"\nview: a {}',
        views__b_dot_view_dot_lkml='include: "a.view.lkml"\nview: b {}',
    )
    assert found.problems == []
    assert set(found.models["m"].views) == {"a", "b"}


def test_refinements_change_what_stands_before_them(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        m_dot_model_dot_lkml="""
connection: "c"
view: v { dimension: id { label: "Id" hidden: yes } dimension: kept {} }
view: +v { dimension: id { label: "Number" } measure: count { type: count } }
explore: v { access_filter: { field: v.id user_attribute: a } label: "Old" }
explore: +v { access_filter: { field: v.kept user_attribute: b } label: "New" }
explore: +missing { label: "x" }
""",
    )
    view, explore = found.models["m"].views["v"], found.models["m"].explores["v"]
    assert list(view.fields) == ["id", "kept", "count"]
    assert (view.fields["id"].label_short, view.fields["id"].hidden) == ("Number", True)
    assert explore.label == "New"
    assert [entry.field for entry in explore.access_filters] == ["v.id", "v.kept"]
    assert "refines nothing" in messages(found)[0]


def test_extends_inherit_and_the_child_wins(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        m_dot_model_dot_lkml="""
connection: "c"
view: base { extension: required dimension: id { primary_key: yes } dimension: total {} sql_table_name: t ;; }
view: child { extends: [base] dimension: extra {} measure: total { type: sum sql: 1 ;; } }
view: lost { extends: [nobody] }
view: circle { extends: [circle] }
explore: base_explore { extension: required view_name: child join: other { from: child sql_on: 1=1 ;; } }
explore: child_explore { extends: [base_explore] label: "Child" }
""",
    )
    model = found.models["m"]
    child = model.views["child"]
    assert set(child.fields) == {"id", "total", "extra"}
    assert child.fields["total"].category == "measure"
    assert child.sql_table_name == "t"
    assert list(model.explores) == ["child_explore"]
    assert model.explores["child_explore"].joins[0].name == "other"
    assert len(found.problems) == 2


def test_a_broken_file_is_a_problem_and_the_rest_still_works(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        m_dot_model_dot_lkml='connection: "c"\ninclude: "*.view.lkml"\nexplore: good {}',
        good_dot_view_dot_lkml="view: good { dimension: id {} }",
        bad_dot_view_dot_lkml="view: bad {\n dimension: \n}",
        open_dot_view_dot_lkml="view: bad { dimension: x {",
    )
    assert {(p.file, p.line) for p in found.problems} == {("bad.view.lkml", 3), ("open.view.lkml", 1)}
    assert list(found.models["m"].explores) == ["good"]


def test_mistakes_are_named_with_file_and_line(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        m_dot_model_dot_lkml="""
explore: nothing {}
explore: v { join: nobody {} join: w { type: sideways sql_on: 1=1 ;; } }
view: v {
  dimension: id { type: strange }
  dimension: twice {}
  dimension: twice_ {}
  dimension_group: g { type: time timeframes: [day] }
  derived_table: { datagroup_trigger: x }
}
view: w {}
""",
    )
    text = " ".join(messages(found))
    for part in ('"nothing", which does not exist', 'view "nobody"', '"sideways"', '"strange"', 'timeframe "day"',
                 "exactly one of", "names no connection"):  # fmt: skip
        assert part in text
    strange = next(problem for problem in found.problems if "strange" in problem.message)
    assert (strange.file, strange.line) == ("m.model.lkml", 5)


@pytest.mark.parametrize(
    "text",
    ["view: yes", "explore: x", "view: v { dimension: yes }", "view: v { dimension: d { label: { a: b } } }",
     "view: v { dimension: d { description: { a: b } } }", "explore: v { join: yes } view: v {}",
     "explore: v { always_filter: yes } view: v {}", "view: v { derived_table: yes }",
     "view: v { set: s { fields: x } }",
     "explore: v { access_filter: { field: v.id } } view: v {}",
     "view: v { measure: m { type: percentile percentile: x } }",
     "view: v { dimension: d { case: yes } }", "access_grant: g { allowed_values: yes } view: v {}"],
)  # fmt: skip
def test_a_parameter_of_the_wrong_shape_is_a_problem(tmp_path: Path, text: str) -> None:
    found = project(tmp_path, m_dot_model_dot_lkml=f'connection: "c"\n{text}')
    assert len(found.problems) == 1


def test_a_link_out_of_the_project_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.lkml").write_text("view: secret {}")
    inside = tmp_path / "project"
    inside.mkdir()
    (inside / "link.view.lkml").symlink_to(tmp_path / "secret.lkml")
    found = project(inside, m_dot_model_dot_lkml='connection: "c"\ninclude: "*.view.lkml"')
    assert "secret" not in found.models["m"].views
    assert "leaves the project" in messages(found)[0]


def test_dimension_groups_become_one_field_per_timeframe(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        m_dot_model_dot_lkml="""
connection: "c"
view: v { dimension_group: created { type: time timeframes: [date, month] label: "Made" }
          dimension_group: open { type: duration intervals: [day] sql_start: 1 ;; sql_end: 2 ;; } }
""",
    )
    fields = found.models["m"].views["v"].fields
    assert [(f.name, f.type, f.label, f.dimension_group) for f in fields.values()] == [
        ("v.created_date", "date_date", "V Made Date", "v.created"),
        ("v.created_month", "date_month", "V Made Month", "v.created"),
        ("v.days_open", "duration_day", "V Days Open", "v.open"),
    ]


DASHBOARD = """
- dashboard: overview
  title: Overview
  layout: newspaper
  filters:
  - name: Carrier
    type: field_filter
    default_value: AA
    explore: v
    field: v.id
  elements:
  - name: one
    title: One
    type: single_value
    model: m
    explore: v
    fields: [v.id]
    filters: {v.id: "1"}
    sorts: [v.id desc]
    limit: 1
    listen: {Carrier: v.id}
    row: 0
    col: 2
    width: 8
    height: 4
  - type: extension
    extension_id: "thelook::kitchen_sink"
"""


def test_a_dashboard_belongs_to_the_model_that_includes_it(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        m_dot_model_dot_lkml='connection: "c"\ninclude: "*.dashboard.lookml"\nview: v {}',
        o_dot_dashboard_dot_lookml=DASHBOARD,
    )
    assert found.problems == []
    (board,) = found.dashboards
    assert (board.id, board.title) == ("m::overview", "Overview")
    assert (board.filters[0].name, board.filters[0].default_value) == ("Carrier", "AA")
    one, extension = board.elements
    assert (one.fields, one.filters, one.limit, one.listen) == (("v.id",), {"v.id": "1"}, "1", {"Carrier": "v.id"})
    assert (one.row, one.col, one.width, one.height) == (0, 2, 8, 4)
    assert (extension.type, extension.raw["extension_id"]) == ("extension", "thelook::kitchen_sink")


@pytest.mark.parametrize(
    "text", ["- dashboard: [", "- x: 1", "just text", "- dashboard: a\n  elements: 5", "!!python/object:os.x {}"]
)
def test_a_broken_dashboard_is_a_problem(tmp_path: Path, text: str) -> None:
    found = project(tmp_path, d_dot_dashboard_dot_lookml=text)
    assert found.dashboards == []
    assert found.problems[0].file == "d.dashboard.lookml"


def test_a_folder_that_does_not_exist_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no LookML project folder"):
        load_project(tmp_path / "nowhere")


def test_a_single_semicolon_is_a_problem_with_its_line(tmp_path: Path) -> None:
    found = project(tmp_path, v_dot_view_dot_lkml="view: v {\n dimension: d { sql: a; b ;; } ; }")
    assert [(p.file, p.line) for p in found.problems] == [("v.view.lkml", 2)]


PIECES = st.lists(
    st.sampled_from(
        [
            "view:",
            "v {",
            "}",
            "dimension: d {",
            "sql: x ;;",
            "[",
            "]",
            "type: ",
            "yes",
            "explore: ",
            "#",
            ";;",
            "-",
            "+v",
            "join: ",
            "label: {",
            "extends: [v]",
            "case: {",
            "derived_table: {",
            "when: {",
            "measure: m {",
            "filters: {",
            "include: ",
            "access_filter: {",
            "{",
            "fields: [a]",
            "label: ",
            ":",
        ]
    ),
    max_size=25,
)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(PIECES.map(" ".join), st.text(max_size=60)))
def test_no_text_crashes_the_loader(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.model.lkml").write_text(text, "utf-8", errors="ignore")
    load_project(tmp_path)
