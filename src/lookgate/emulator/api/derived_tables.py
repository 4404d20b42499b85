"""``/derived_table``: building a persistent derived table on demand. It is built before the call returns."""

from __future__ import annotations

from typing import Any

from lookgate.emulator.api.find import one
from lookgate.emulator.api.route import ApiError, Call, Operations
from lookgate.emulator.catalogue import may, visible_model
from lookgate.emulator.lookml.errors import QueryError

operations = Operations()


@operations("start_pdt_build", "GET", "/derived_table/{model_name}/{view_name}/start", blocking=True)
def start_pdt_build(call: Call) -> Any:
    """Build a table; needs ``see_pdts`` or ``develop`` on the model. ``force_rebuild`` builds a current one too.

    Of an incremental table it builds the next step; ``force_full_incremental`` builds the table anew.
    """
    instance, user = call.instance, call.caller
    with instance.lock:
        model = visible_model(instance, user, call.path["model_name"])
        if not (may(instance, user, "develop", model.name) or may(instance, user, "see_pdts", model.name)):
            raise ApiError(403, "Forbidden")
        engine = instance.engine
    force, whole = (
        call.query.get(name, "false").lower() == "true" for name in ("force_rebuild", "force_full_incremental")
    )
    try:
        table = engine.rebuild(model.name, call.path["view_name"], force=force, whole=whole)
    except QueryError as error:
        raise ApiError(400, str(error)) from error
    with instance.lock:
        build = {"materialization_id": instance.random_bytes(16).hex(), "resp_text": f"complete: {table}"}
        instance.shelf("pdt_builds")[build["materialization_id"]] = (user.id, build)
    return build


@operations("check_pdt_build", "GET", "/derived_table/{materialization_id}/status")
def check_pdt_build(call: Call) -> Any:
    """Say how a build went."""
    owner, build = one(call.instance.shelf("pdt_builds"), call.path["materialization_id"])
    if owner != call.caller.id:
        call.need_admin()
    return build
