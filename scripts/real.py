"""Fetch and build real kernels and firmware, and prove the functions of them that call TDX.

Everything is kept in $XDG_CACHE_HOME/tdxprove, by default ~/.cache/tdxprove (about 4 GB), and is fetched or built once
for each version. Options that are not listed go to `tdxprove prove`. The exit status is the worst of its runs, or 2.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Final

from corpora import firmware, kernel, objects
from corpora.inputs import Input
from corpora.place import CorpusError
from corpora.summary import Row, command_of, prove, table, worst

CORPORA: Final[Mapping[str, Callable[[], Iterator[Input]]]] = {
    "kernel": kernel.inputs,
    "objects": objects.inputs,
    "firmware": firmware.inputs,
}
"""What `--corpus` can name."""


def main() -> int:
    """Fetch, build and prove."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fetched", action="store_true", help="name kernels and firmware that are here; no network")
    parser.add_argument("--corpus", action="append", choices=CORPORA, help="only this one (may be repeated)")
    parser.add_argument("--limit", type=int, default=1800, metavar="SECONDS", help="stop a run after this time (1800)")
    options, prove_options = parser.parse_known_args()
    try:
        if options.fetched:
            return print_fetched()
        return run(options.corpus or list(CORPORA), prove_options, options.limit)
    except CorpusError as error:
        print(f"real.py: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("real.py: interrupted", file=sys.stderr)
        return 3


def print_fetched() -> int:
    """Print each file as a JSON object on a line of its own, for programs."""
    for fetched in (kernel.fetched, firmware.fetched):
        for one in fetched():
            print(json.dumps(asdict(one), default=str))
    return 0


def run(names: list[str], prove_options: list[str], limit: int) -> int:
    """Prove corpus by corpus; one that can not be had does not keep the others from being proved."""
    rows: list[Row] = []
    statuses: list[int] = []
    for name in names:
        try:
            for one in CORPORA[name]():
                print("tdxprove", *command_of(one, prove_options), flush=True)
                row = prove(one, prove_options, limit)
                print("  ", ", ".join(sentence(row)), flush=True)
                rows.append(row)
                statuses.append(row.status)
        except CorpusError as error:
            print(f"real.py: {name}: {error}", file=sys.stderr)
            statuses.append(2)
    if rows:
        print("", *table(rows), sep="\n")
    return worst(statuses)


def sentence(row: Row) -> Iterator[str]:
    """One input's result in words."""
    yield row.verdict
    if row.functions or row.sites:
        yield f"{row.proved} of {row.functions} functions proved, {row.refuted} refuted"
        yield f"{row.obligations:,} obligations"
        yield f"{row.sites} call sites, {row.uncovered} uncovered"
    yield f"{row.seconds:.1f} s"


if __name__ == "__main__":
    sys.exit(main())
