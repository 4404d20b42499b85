from __future__ import annotations

from lookgate.emulator.host.visualization import visualization_data


def test_a_visualization_finds_calculations_beside_what_they_are_like() -> None:
    fields = {
        "dimensions": [{"name": "d"}],
        "measures": [{"name": "m"}],
        "table_calculations": [{"name": "share", "is_measure": True}, {"name": "band", "is_measure": False}],
        "pivots": [],
    }
    data = visualization_data({"shade": "teal"}, {"fields": fields, "data": [{"d": {"value": 1}}]})
    response = data["queryResponse"]
    assert [field["name"] for field in response["fields"]["dimension_like"]] == ["d", "band"]
    assert [field["name"] for field in response["fields"]["measure_like"]] == ["m", "share"]
    assert response["data"] == [{"d": {"value": 1}}]
    assert data["visConfig"] == {"shade": "teal", "query_fields": fields}


def test_a_result_without_fields_has_none_to_group() -> None:
    fields = visualization_data({}, {"errors": []})["queryResponse"]["fields"]
    assert fields == {"dimension_like": [], "measure_like": []}
