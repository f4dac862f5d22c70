"""A report as JSON for other programs: `specs/schema/report.schema.json` says what each key holds.

The same findings give the same bytes: everything is sorted, and nothing depends on time or machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tdxprove.report import SCHEMA, PathCount, Report, Site
from tdxprove.verdict import Counterexample, Location, Verdict


def render_json(report: Report) -> str:
    """The report as JSON text, in ASCII, with a newline at the end."""
    return json.dumps(to_json(report), indent=2, ensure_ascii=True) + "\n"


def to_json(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "schema": SCHEMA,
        "exit_status": report.exit_status,
        "status": report.status.value,
        "summary": report.summary,
        "verdicts": [_verdict(verdict) for verdict in sorted(report.verdicts, key=_verdict_order)],
        "sites": [_site(site) for site in sorted(report.sites, key=_site_order)],
        "paths": [_paths(paths) for paths in sorted(report.paths, key=_paths_order)],
        "assumptions": sorted(report.assumptions),
        "contracts": sorted(report.contracts),
    }


def _verdict_order(verdict: Verdict) -> tuple[str | int, ...]:
    # By length first: addresses are text and 0x10 comes after 0x9.
    return (verdict.file, len(verdict.address), verdict.address, verdict.symbol, verdict.contract, verdict.obligation)


def _site_order(site: Site) -> tuple[str | int, ...]:
    return site.file, len(site.address), site.address


def _paths_order(paths: PathCount) -> tuple[object, ...]:
    return paths.file, paths.symbol, paths.contract, paths.ends


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "file": verdict.file,
        "symbol": verdict.symbol,
        "address": verdict.address,
        "contract": verdict.contract,
        "obligation": verdict.obligation,
        "status": verdict.status.value,
        "message": verdict.message,
        "location": None if verdict.location is None else _location(verdict.location, verdict.file),
        "counterexample": None if verdict.counterexample is None else _counterexample(verdict.counterexample),
        "replayed": verdict.replayed,
        "implied": verdict.implied,
    }


def _location(location: Location, own: str) -> dict[str, Any]:
    line = location.line
    return {
        "file": location.file or own,
        "symbol": location.symbol,
        "offset": location.offset,
        "address": location.address,
        "line": None if line is None else {"file": line[0], "line": line[1]},
    }


def _counterexample(run: Counterexample) -> dict[str, Any]:
    return {
        "entry": _values(run.entry),
        "answers": _values(run.answers),
        "shows": [{"what": what, "value": hex(value)} for what, value in run.shows],
        "second": _values(run.second),
        "outcomes": list(run.outcomes),
    }


def _values(values: Mapping[str, int]) -> dict[str, str]:
    return {name: hex(values[name]) for name in sorted(values)}


def _site(site: Site) -> dict[str, Any]:
    return {
        "file": site.file,
        "address": site.address,
        "instruction": site.instruction,
        "symbol": site.symbol,
        "contract": site.contract,
        "covered": site.covered,
        "calls": list(site.calls),
    }


def _paths(paths: PathCount) -> dict[str, Any]:
    return {
        "file": paths.file,
        "symbol": paths.symbol,
        "contract": paths.contract,
        "ends": dict(sorted(paths.ends)),
    }
