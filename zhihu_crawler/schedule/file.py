"""Reads ``schedule.toml``: its schedules and alerts, and all that is wrong with it at once, line by line.

A table with a fault is left out and told; its neighbours are good all the same.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from zhihu_crawler.errors import BadSchedule
from zhihu_crawler.schedule import alerts
from zhihu_crawler.schedule.alerts import WHEN, Alert
from zhihu_crawler.schedule.crawl_faults import crawl_faults
from zhihu_crawler.schedule.faults import Fault, near, of_model
from zhihu_crawler.schedule.fields import Table, Zone
from zhihu_crawler.schedule.lines import index
from zhihu_crawler.schedule.model import TYPES, CrawlSchedule, Schedule
from zhihu_crawler.schedule.telling import Teller

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zhihu_crawler.schedule.lines import Path as KeyPath
    from zhihu_crawler.schedule.spiders import Spiders


_PLACE = re.compile(r" \(at line ([0-9]+), column [0-9]+\)$")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file says. ``faults`` are lines of text such as ``schedule.toml:12: daily: evry = "6h": no such key``.

    ``broken`` are the names of schedules with a fault, and what is wrong with each; ``folder`` is what paths in the
    file are relative to.
    """

    schedules: dict[str, Schedule] = field(default_factory=dict)
    alerts: tuple[Alert, ...] = ()
    faults: tuple[str, ...] = ()
    broken: dict[str, list[str]] = field(default_factory=dict)
    folder: Path = Path()


class _Head(Table):
    """What stands above all tables."""

    time_zone: Zone | None = None
    schedule: list[dict[str, Any]] = Field(default=[])
    alert: list[dict[str, Any]] = Field(default=[])


def load(path: Path, spiders: Spiders) -> Plan:
    """Read a file.

    Raises:
        BadSchedule: it is not there, or is no TOML.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadSchedule(f"{path} is no text in UTF-8: {error}") from error
    except OSError as error:
        hint = "; docs/schedule.md shows one, SCHEDULE_FILE names another" if not path.exists() else ""
        raise BadSchedule(f"{path} cannot be read: {error.strerror}{hint}") from error
    return read_plan(text, path, spiders)


def read_plan(text: str, path: Path, spiders: Spiders) -> Plan:
    """Read the text of a file; ``path`` is what it is called, and where it lies.

    Raises:
        BadSchedule: it is no TOML.
    """
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        line, what = (f":{place[1]}", str(error)[: place.start()]) if place else ("", str(error))
        raise BadSchedule(f"{path.name}{line}: this is no TOML: {what}") from error
    return _Reader(told, index(text), path, spiders).read()


class _Reader:
    def __init__(self, told: dict[str, Any], lines: dict[KeyPath, int], path: Path, spiders: Spiders) -> None:
        self._told, self._path, self._spiders = told, path, spiders
        self._teller = Teller(told, lines, path.name)
        self._names: dict[str, list[str]] = {"schedule": [], "alert": []}

    def read(self) -> Plan:
        zone = self._head()
        schedules = [
            made for number, table in self._tables("schedule") if (made := self._schedule(number, table, zone))
        ]
        rules = tuple(rule for number, table in self._tables("alert") if (rule := self._alert(number, table)))
        named = {schedule.name: schedule for schedule in schedules}
        broken = {name: faults for name, faults in self._teller.by_schedule.items() if name not in named}
        return Plan(named, rules, self._teller.lines, broken, self._path.parent)

    def _head(self) -> dict[str, Any]:
        """Check what stands above the tables; returns what they inherit."""
        try:
            _Head.model_validate(self._told)
        except ValidationError as error:
            for fault in of_model(error, _Head, ()):
                self._teller.tell(Fault(fault.path, self._told_of_head(fault)))
            if any(fault["loc"] == ("time_zone",) for fault in error.errors()):
                return {}
        return {"time_zone": self._told["time_zone"]} if "time_zone" in self._told else {}

    def _told_of_head(self, fault: Fault) -> str:
        key = fault.path[0]
        if key in ("schedule", "alert"):
            return f"must be written [[{key}]], with its name inside"
        if not fault.what.startswith("no such key"):
            return fault.what
        hint = near(key, ("schedule", "alert", "time_zone")).replace("schedule", "[[schedule]]")
        return "no such key" + hint.replace("alert", "[[alert]]")

    def _tables(self, key: str) -> Iterator[tuple[int, dict[str, Any]]]:
        tables = self._told.get(key)
        for number, table in enumerate(tables if isinstance(tables, list) else ()):
            if isinstance(table, dict):
                yield number, table

    def _schedule(self, number: int, table: dict[str, Any], inherited: dict[str, Any]) -> Schedule | None:
        path = ("schedule", number)
        kind = table.get("type", "crawl")
        model = TYPES.get(kind) if isinstance(kind, str) else None
        if model is None:
            self._teller.tell(Fault((*path, "type"), f"must be one of {', '.join(TYPES)}{near(kind, TYPES)}"))
            return None
        faults = [Fault((*path, *key.split(".")) if key else path, what) for key, what in model.misfits(table)]
        if issubclass(model, CrawlSchedule):
            faults += [
                Fault((*path, *keys), what) for keys, what in crawl_faults(table, self._spiders, self._path.parent)
            ]
        schedule: Schedule | None = self._made(model, path, table, faults, inherited)
        return schedule

    def _alert(self, number: int, table: dict[str, Any]) -> Alert | None:
        path = ("alert", number)
        when = table.get("when")
        model = WHEN.get(when) if isinstance(when, str) else None
        if model is None:
            hint = near(when, WHEN) if when is not None else ""
            self._teller.tell(Fault((*path, "when"), f"must be one of {', '.join(WHEN)}{hint}"))
            return None
        spiders, schedules = list(self._spiders.names), self._names["schedule"]
        faults = [
            Fault((*path, key), what + (near(table[key], known) or f"; there are: {', '.join(known) or 'none'}"))
            for key, what, known in alerts.misfits(table, spiders=spiders, schedules=schedules)
        ]
        alert: Alert | None = self._made(model, path, table, faults, {})
        return alert

    def _made(
        self, model: type[Table], path: KeyPath, table: dict[str, Any], faults: list[Fault], inherited: dict[str, Any]
    ) -> Any:
        """Make a table's record, or tell all that is wrong with it."""
        made = None
        try:
            made = model.model_validate(inherited | table)
        except ValidationError as error:
            faults += of_model(error, model, path)
        names, name = self._names[str(path[0])], table.get("name")
        if name in names:
            faults.append(Fault((*path, "name"), "is the name of another already"))
        elif isinstance(name, str):
            names.append(name)
        for fault in faults:
            self._teller.tell(fault)
        return None if faults else made
