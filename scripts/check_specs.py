"""Check the bundled specifications against their schemas, and note what has passed in specs/schema/checked.json.

tdxprove does not check again what is noted there. Unless all pass, nothing is written: exit status 2.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator

from tdxprove.errors import SpecError
from tdxprove.specfile import digest, load_spec, specs_root

SCHEMAS = {
    "abi/*": "catalogue",
    "contracts/*": "contracts",
    "conventions/*": "convention",
    "obligations": "obligations",
}
"""Which schema the files follow."""


def main() -> int:
    """Write the list, or say whether it is the right one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dry-run", action="store_true", help="write nothing; exit status 1 if the list would change")
    dry_run = parser.parse_args().dry_run
    try:
        text = json.dumps(dict(passed()), indent=2) + "\n"
    except SpecError as error:
        print(error, file=sys.stderr)
        return 2
    path = specs_root() / "schema" / "checked.json"
    if dry_run:
        return int(not path.is_file() or path.read_text(encoding="utf-8") != text)
    path.write_text(text, encoding="utf-8")
    return 0


def passed() -> Iterator[tuple[str, str]]:
    """Every bundled file and its digest.

    Raises:
        SpecError: one of them is not valid.
    """
    for pattern, schema in SCHEMAS.items():
        for path in sorted(specs_root().glob(f"{pattern}.yaml")):
            load_spec(path, schema, again=True)
            yield path.relative_to(specs_root()).as_posix(), digest(path.read_bytes(), schema)


if __name__ == "__main__":
    sys.exit(main())
