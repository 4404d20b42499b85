"""Refinements and extends, on plain dicts: several definitions become one.

Rules, from Looker's documentation on extends and refinements: named blocks (fields, joins, sets) merge by name, other
values of the later definition win. Access rules only ever add up: a later definition cannot drop an earlier one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from lookgate.emulator.lookml.parse import Raw, names

_ADD_UP = frozenset({"access_filters", "required_access_grants", "always_join"})
_ONE_OF = ("sql", "explore_source", "sql_create", "create_process")
_FIELDS = ("dimensions", "dimension_groups", "measures", "parameters", "filters")
Complain = Callable[[str], None]


def merge(older: Raw, newer: Raw) -> Raw:
    """Return ``older`` overlaid with ``newer``; neither is changed."""
    result = dict(older)
    for key, value in newer.items():
        before = result.get(key)
        if key == "name" or before is None:
            result[key] = value
        elif key in _ADD_UP:
            result[key] = [*before, *(entry for entry in value if entry not in before)]
        elif key == "derived_table":
            kept = {k: v for k, v in before.items() if k not in _ONE_OF} if any(k in value for k in _ONE_OF) else before
            result[key] = {**kept, **value}
        elif _is_named(before) and _is_named(value):
            result[key] = _merge_named(before, value)
        else:
            result[key] = value
    return result


def _is_named(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(entry, dict) and "name" in entry for entry in value)


def _merge_named(older: list[Raw], newer: list[Raw]) -> list[Raw]:
    result = {entry["name"]: entry for entry in older}
    for entry in newer:
        result[entry["name"]] = merge(result[entry["name"]], entry) if entry["name"] in result else entry
    return list(result.values())


def refine(kind: str, blocks: Iterable[Raw], complain: Complain) -> dict[str, Raw]:
    """Apply ``+name`` blocks to what stands before them."""
    result: dict[str, Raw] = {}
    for block in blocks:
        name = str(block["name"])
        if not name.startswith("+"):
            if name in result:
                complain(f'There are two {kind}s named "{name}"; the first one counts.')
            else:
                result[name] = block
        elif name[1:] in result:
            base = result[name[1:]]
            merged = merge(base, {**block, "name": name[1:]})
            if "extends__all" in base and "extends__all" in block:
                merged["extends__all"] = [*base["extends__all"], *block["extends__all"]]
            result[name[1:]] = merged
        else:
            complain(f'The refinement "{kind}: {name}" refines nothing; include the original {kind} before it.')
    return result


def extend(kind: str, blocks: Mapping[str, Raw], complain: Complain) -> dict[str, Raw]:
    """Resolve ``extends``; a circle or an unknown parent is a complaint and is left out."""
    done: dict[str, Raw] = {}

    def resolve(name: str, seen: tuple[str, ...]) -> Raw:
        if name in done:
            return done[name]
        block = blocks[name]
        inherited: Raw = {}
        for parent in names(block, "extends"):
            if parent in seen or parent == name:
                complain(f'The {kind} "{name}" extends itself through "{parent}".')
            elif parent not in blocks:
                complain(f'The {kind} "{name}" extends "{parent}", which does not exist or is not included.')
            else:
                above = {k: v for k, v in resolve(parent, (*seen, name)).items() if k != "extension"}
                if kind == "explore" and "view_name" not in above and "from" not in above:
                    above["view_name"] = parent
                inherited = merge(inherited, above)
        result = _one_kind_per_field(inherited, block) if kind == "view" else dict(inherited)
        done[name] = merge(result, block)
        return done[name]

    for name in blocks:
        resolve(name, ())
    return done


def _one_kind_per_field(inherited: Raw, block: Raw) -> Raw:
    """Drop inherited fields that the child defines as another kind: a dimension may become a measure."""
    result = dict(inherited)
    for kind in _FIELDS:
        taken = {f["name"] for other in _FIELDS if other != kind for f in block.get(other, []) if isinstance(f, dict)}
        if isinstance(result.get(kind), list):
            result[kind] = [f for f in result[kind] if f.get("name") not in taken]
    return result
