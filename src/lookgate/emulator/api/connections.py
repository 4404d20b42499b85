"""``/connections``: the databases. A password never leaves: not even a conninfo string is shown whole."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from lookgate.emulator.api.body import UNSET, Body, Unset, read
from lookgate.emulator.api.find import one
from lookgate.emulator.api.patch import given
from lookgate.emulator.api.route import NOT_FOUND, ApiError, Call, Operations, invalid
from lookgate.emulator.catalogue import may, models
from lookgate.emulator.connection import Connection, ConnectionConfig, QueryError

operations = Operations()
_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}\Z")
_SCHEMA = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}\Z")
_TESTS = ("connect", "query")
_LABELS = {"duckdb": "DuckDB", "postgres": "PostgreSQL 9.5+"}


class _New(Body, frozen=True):
    name: str
    dialect_name: str
    host: str | None = None
    port: str | int | None = None
    username: str | None = None
    password: str | None = None
    database: str | None = None
    tmp_db_name: str | None = None


class _Change(Body, frozen=True):
    name: str | Unset = UNSET
    dialect_name: str | Unset = UNSET
    host: str | Unset | None = UNSET
    port: str | int | Unset | None = UNSET
    username: str | Unset | None = UNSET
    password: str | Unset | None = UNSET
    database: str | Unset | None = UNSET
    tmp_db_name: str | Unset | None = UNSET


@operations("all_connections", "GET", "/connections")
def all_connections(call: Call) -> Any:
    """List the connections the caller may see."""
    connections = call.instance.connections.values()
    return call.fields([_shape(call, found) for found in connections if _sees(call, found.config.name)])


@operations("connection", "GET", "/connections/{connection_name}")
def connection(call: Call) -> Any:
    """Return one connection."""
    return call.fields(_shape(call, _find(call)))


@operations("create_connection", "POST", "/connections")
def create_connection(call: Call) -> Any:
    """Add a connection."""
    call.need_admin()
    new = read(call, _New)
    if not _NAME.match(new.name):
        raise invalid("name", "invalid", "A connection's name holds letters, digits, _ and - only.")
    if new.name in call.instance.connections:
        raise invalid("name", "already_exists", "There is a connection of this name.")
    made = Connection(_config(new.name, {key: value for key, value in given(new).items() if value is not None}))
    call.instance.connections[new.name] = made
    return _shape(call, made)


@operations("update_connection", "PATCH", "/connections/{connection_name}")
def update_connection(call: Call) -> Any:
    """Change a connection. What leads to another database needs all of it anew: kept parts would lend the password."""
    call.need_admin()
    old, changes = _find(call), given(read(call, _Change))
    config: ConnectionConfig = old.config
    if changes.pop("name", config.name) != config.name:
        raise invalid("name", "invalid", "A connection cannot be renamed.")
    if changes.pop("dialect_name", config.dialect) != config.dialect:
        raise invalid("dialect_name", "invalid", "Make a new connection for another dialect.")
    schema = changes.pop("tmp_db_name", config.temp_schema)
    if changes:
        config = _config(config.name, changes | {"dialect_name": config.dialect, "tmp_db_name": schema})
    else:
        config = ConnectionConfig(
            name=config.name,
            dialect=config.dialect,
            database=config.database,
            temp_schema=_schema(schema),
            pdts_enabled=config.pdts_enabled,
            read_only=config.read_only,
        )
    made = Connection(config)
    call.instance.connections[config.name] = made
    old.close()
    return _shape(call, made)


@operations("delete_connection", "DELETE", "/connections/{connection_name}")
def delete_connection(call: Call) -> None:
    """Remove a connection."""
    call.need_admin()
    call.instance.connections.pop(_find(call).config.name).close()


@operations("test_connection", "PUT", "/connections/{connection_name}/test", blocking=True)
def test_connection(call: Call) -> Any:
    """Open the database and run ``SELECT 1``; tests that are not known are ignored."""
    with call.instance.lock:
        call.need_admin()
        found = _find(call)
    return _test(call, found)


@operations("test_connection_config", "PUT", "/connections/test", blocking=True)
def test_connection_config(call: Call) -> Any:
    """Test a connection that is not saved."""
    with call.instance.lock:
        call.need_admin()
        new = read(call, _New)
        made = Connection(_config(new.name, {key: value for key, value in given(new).items() if value is not None}))
    try:
        return _test(call, made)
    finally:
        made.close()


def _test(call: Call, found: Connection) -> list[dict[str, Any]]:
    wanted = [part for part in call.query.get("tests", "").split(",") if part in _TESTS] or list(_TESTS)
    try:
        found.execute("SELECT 1")
    except QueryError:
        # The driver's own words can hold host, user and password.
        outcome = ("error", "The database cannot be opened or does not answer SELECT 1.")
    else:
        outcome = ("success", "Can connect" if wanted == ["connect"] else "Can run simple select query")
    return [{"name": name, "status": outcome[0], "message": outcome[1], "can": {}} for name in wanted]


def _find(call: Call) -> Connection:
    name = call.path["connection_name"]
    found: Connection = one(call.instance.connections, name)
    if not _sees(call, name):
        raise ApiError(404, NOT_FOUND)
    return found


def _sees(call: Call, name: str) -> bool:
    """Admins see all; developers those that their models use."""
    if call.is_admin:
        return True
    return any(
        model.connection == name and may(call.instance, call.caller, "develop", model.name)
        for model in models(call.instance).values()
    )


def _config(name: str, values: dict[str, Any]) -> ConnectionConfig:
    dialect = values.get("dialect_name")
    if dialect not in _LABELS:
        raise invalid("dialect_name", "invalid", f"The local Looker speaks {' and '.join(_LABELS)}.")
    schema = _schema(values.get("tmp_db_name") or "looker_scratch")
    if dialect == "duckdb":
        if values.get("database", ":memory:") != ":memory:":
            raise invalid("database", "invalid", "A DuckDB file is named in the world file; here only :memory: is.")
        return ConnectionConfig(name=name, dialect="duckdb", temp_schema=schema)
    for part in ("host", "username", "database"):
        if not values.get(part):
            raise invalid(part, "missing_field", f"{part} is required.")
    return ConnectionConfig(name=name, dialect="postgres", database=_conninfo(values), temp_schema=schema)


def _conninfo(values: dict[str, Any]) -> str:
    port = str(values.get("port") or "5432")
    if not re.fullmatch(r"[0-9]{1,5}", port):
        raise invalid("port", "invalid", "port must be a number.")
    parts = {"host": values["host"], "port": port, "dbname": values["database"], "user": values["username"]}
    if values.get("password"):
        parts["password"] = values["password"]
    for name, value in parts.items():
        if "\0" in value:
            raise invalid(name, "invalid", f"{name} holds a NUL character.")
    # libpq's quoting: inside single quotes only the quote and the backslash are escaped.
    quoted = {name: value.replace("\\", "\\\\").replace("'", "\\'") for name, value in parts.items()}
    return " ".join(f"{name}='{value}'" for name, value in quoted.items())


def _schema(name: str) -> str:
    if not isinstance(name, str) or not _SCHEMA.match(name):
        raise invalid("tmp_db_name", "invalid", "tmp_db_name must be a plain schema name.")
    return name


def _shape(call: Call, found: Connection) -> dict[str, Any]:
    config = found.config
    shape: dict[str, Any] = {
        "name": config.name,
        "dialect_name": config.dialect,
        "dialect": {
            "name": config.dialect,
            "label": _LABELS[config.dialect],
            "connection_tests": list(_TESTS),
            "supports_persistent_derived_tables": True,
            "supports_cost_estimate": False,
            "supports_multiple_databases": False,
            "supports_streaming": False,
            "has_ssl_support": config.dialect == "postgres",
        },
        "pdts_enabled": config.pdts_enabled,
        "tmp_db_name": config.temp_schema,
        "pdt_context_override": None,
        "uses_oauth": False,
        "user_db_credentials": False,
        "user_attribute_fields": [],
        "pdt_api_control_enabled": config.pdts_enabled,
        "db_timezone": "UTC",
        "query_timezone": None,
        "example": False,
        "managed": False,
        "can": {"show": True, "test": call.is_admin, "edit": call.is_admin, "destroy": call.is_admin},
    }
    return shape | (_address(config) if call.is_admin else {})


def _address(config: ConnectionConfig) -> dict[str, Any]:
    if config.dialect == "duckdb":
        in_memory = config.database == ":memory:"
        name = config.database if in_memory else re.split(r"[\\/]", config.database)[-1]
        return {"host": None, "port": None, "username": None, "database": name, "schema": "main", "has_password": False}
    if "://" in config.database:
        parts = urlsplit(config.database)
        found = {"host": parts.hostname, "port": parts.port, "user": parts.username, "dbname": parts.path.lstrip("/")}
        has_password = parts.password is not None or "password=" in parts.query
    else:
        pairs = re.findall(r"(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|\S+)", config.database)
        found = {name: re.sub(r"\\(.)", r"\1", value.strip("'")) for name, value in pairs}
        has_password = "password" in found
    return {
        "host": found.get("host"),
        "port": str(found["port"]) if found.get("port") else None,
        "username": found.get("user"),
        "database": found.get("dbname"),
        "schema": "public",
        "has_password": has_password,
    }
