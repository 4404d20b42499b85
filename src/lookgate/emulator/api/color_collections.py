"""``/color_collections``: palettes. The standard ones cannot be changed; everything here is for admins (else 404)."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from lookgate.emulator.api.body import UNSET, Body, Unset, read
from lookgate.emulator.api.find import one as find
from lookgate.emulator.api.patch import given
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations, invalid
from lookgate.emulator.instance import Instance

operations = Operations()
_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})\Z")


class _Stop(Body, frozen=True):
    color: str
    offset: int


class _Discrete(Body, frozen=True):
    colors: list[str]
    label: str = ""
    id: str | None = None
    type: str = "Categorical"


class _Continuous(Body, frozen=True):
    stops: list[_Stop]
    label: str = ""
    id: str | None = None
    type: str = "Sequential"


class _Collection(Body, frozen=True):
    label: str
    categoricalPalettes: list[_Discrete]  # noqa: N815 - Looker's own spelling
    sequentialPalettes: list[_Continuous]  # noqa: N815 - Looker's own spelling
    divergingPalettes: list[_Continuous]  # noqa: N815 - Looker's own spelling


class _Change(Body, frozen=True):
    label: str | Unset = UNSET
    categoricalPalettes: list[_Discrete] | Unset = UNSET  # noqa: N815 - Looker's own spelling
    sequentialPalettes: list[_Continuous] | Unset = UNSET  # noqa: N815 - Looker's own spelling
    divergingPalettes: list[_Continuous] | Unset = UNSET  # noqa: N815 - Looker's own spelling


_STANDARD = {
    "looker": (
        "Looker Classic",
        ["#75E2E2", "#3EB0D5", "#4276BE", "#462C9D", "#9174F0", "#B1399E", "#B32F37", "#E57947", "#FBB555", "#FFD95F"],
        ["#F1F1F6", "#462C9D"],
        ["#B32F37", "#F6F6F6", "#462C9D"],
    ),
    "google": (
        "Google",
        ["#1A73E8", "#12B5CB", "#E52592", "#E8710A", "#F9AB00", "#7CB342", "#9334E6", "#80868B", "#079C98", "#EA4335"],
        ["#FFFFFF", "#1A73E8"],
        ["#EA4335", "#FFFFFF", "#1A73E8"],
    ),
}


@operations("all_color_collections", "GET", "/color_collections")
def all_collections(call: Call) -> Any:
    """List standard and custom collections."""
    _need_admin(call)
    return call.fields([*_standard().values(), *_custom(call.instance).values()])


@operations("color_collections_custom", "GET", "/color_collections/custom")
def custom(call: Call) -> Any:
    """List those that were made here."""
    _need_admin(call)
    return call.fields(list(_custom(call.instance).values()))


@operations("color_collections_standard", "GET", "/color_collections/standard")
def standard(call: Call) -> Any:
    """List those that came with Looker."""
    _need_admin(call)
    return call.fields(list(_standard().values()))


@operations("default_color_collection", "GET", "/color_collections/default")
def default(call: Call) -> Any:
    """Return the one in force."""
    _need_admin(call)
    return _every(call.instance)[_default_id(call.instance)]


@operations("set_default_color_collection", "PUT", "/color_collections/default")
def set_default(call: Call) -> Any:
    """Choose the one in force."""
    _need_admin(call)
    chosen = call.query.get("collection_id")
    if not chosen:
        raise invalid("collection_id", "missing_field", "collection_id is required.")
    if chosen not in _every(call.instance):
        raise ApiError(404, NOT_FOUND)
    call.instance.shelf("color_default")["id"] = chosen
    return _every(call.instance)[chosen]


@operations("color_collection", "GET", "/color_collections/{collection_id}")
def one(call: Call) -> Any:
    """Return one collection."""
    _need_admin(call)
    return call.fields(_find(call, _every(call.instance)))


@operations("create_color_collection", "POST", "/color_collections")
def create(call: Call) -> Any:
    """Make a custom collection."""
    _need_admin(call)
    new = read(call, _Collection)
    collection_id = call.instance.new_id()
    shape = {"id": collection_id} | _plain(given(new), collection_id)
    _custom(call.instance)[collection_id] = shape
    return shape


@operations("update_color_collection", "PATCH", "/color_collections/{collection_id}")
def update(call: Call) -> Any:
    """Change a custom collection."""
    _need_admin(call)
    shape = _changeable(call)
    shape.update(_plain(given(read(call, _Change)), shape["id"]))
    return shape


@operations("delete_color_collection", "DELETE", "/color_collections/{collection_id}")
def delete(call: Call) -> Any:
    """Delete a custom collection; when it was in force the first standard one takes over."""
    _need_admin(call)
    del _custom(call.instance)[_changeable(call)["id"]]


def _need_admin(call: Call) -> None:
    # The specification says that others see 404 here, not 403.
    if not call.is_admin:
        raise ApiError(404, NOT_FOUND)


def _custom(instance: Instance) -> dict[str, Any]:
    return instance.shelf("color_collections")


def _every(instance: Instance) -> dict[str, Any]:
    return _standard() | _custom(instance)


def _default_id(instance: Instance) -> str:
    chosen = str(instance.shelf("color_default").get("id", ""))
    return chosen if chosen in _every(instance) else next(iter(_STANDARD))


def _find(call: Call, among: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return find(among, call.path["collection_id"])


def _changeable(call: Call) -> dict[str, Any]:
    if call.path["collection_id"] in _STANDARD:
        raise ApiError(403, "Standard color collections cannot be changed. Make a custom one.")
    return _find(call, _custom(call.instance))


def _plain(values: dict[str, Any], collection_id: str) -> dict[str, Any]:
    if "label" in values and not values["label"].strip():
        raise invalid("label", "missing_field", "label is required.")
    shape: dict[str, Any] = msgspec.to_builtins(values)
    for kind in [name for name in shape if name.endswith("Palettes")]:
        for number, palette in enumerate(shape[kind]):
            palette["id"] = f"{collection_id}-{kind.removesuffix('Palettes')}-{number}"
            if kind == "divergingPalettes":
                palette["type"] = "Diverging"
            colors = palette.get("colors") or [stop["color"] for stop in palette.get("stops", [])]
            if not colors or not all(_COLOR.match(color) for color in colors):
                raise invalid(kind, "invalid", "A palette needs colors, each written like #1A73E8.")
            if not all(0 <= stop["offset"] <= 100 for stop in palette.get("stops", [])):  # noqa: PLR2004 - percent
                raise invalid(kind, "invalid", "A stop's offset is a percentage from 0 to 100.")
    return shape


def _standard() -> dict[str, Any]:
    return {key: _standard_shape(key, *parts) for key, parts in _STANDARD.items()}


def _standard_shape(key: str, label: str, series: list[str], rising: list[str], apart: list[str]) -> dict[str, Any]:
    def continuous(kind: str, colors: list[str]) -> dict[str, Any]:
        stops = [{"color": color, "offset": 100 * at // (len(colors) - 1)} for at, color in enumerate(colors)]
        return {"id": f"{key}-{kind.lower()}-0", "label": kind, "type": kind, "stops": stops}

    return {
        "id": key,
        "label": label,
        "categoricalPalettes": [
            {"id": f"{key}-categorical-0", "label": "Categorical", "type": "Categorical", "colors": series}
        ],
        "sequentialPalettes": [continuous("Sequential", rising)],
        "divergingPalettes": [continuous("Diverging", apart)],
    }
