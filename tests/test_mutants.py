"""Every small change to a correct wrapper is refuted by an obligation that speaks of it, or listed with a reason.

The list is mutants_equivalent.yaml; what a mutant is, and which obligations must notice it, is in mutation.py.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.mutation import Fate, Key, Wrapper, judge, known, mutants, wrappers

WRAPPERS = wrappers()
KNOWN = known()


def names(fates: Iterable[Fate]) -> list[str]:
    """What a failed assertion shows of mutants."""
    return [f"{fate.mutant} ({fate.status}; refuted: {', '.join(fate.refuted) or 'nothing'})" for fate in fates]


def found(fates: Iterable[Fate], section: str) -> dict[Key, Fate]:
    """The mutants that belong into a section of the list."""
    return {
        fate.mutant.key: fate for fate in fates if (fate.doubts if section == "unreplayed" else fate.kind == section)
    }


@pytest.mark.parametrize("wrapper", WRAPPERS, ids=[wrapper.name for wrapper in WRAPPERS])
def test_every_mutant_is_noticed(
    wrapper: Wrapper, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    fates = judge(mutants(wrapper), tmp_path)
    for kind, count in Counter(fate.kind for fate in fates).items():
        record_property(f"mutants {kind}", count)
    assert not names(fate for fate in fates if fate.kind == "killed" and not fate.noticed), "not by what is expected"
    for section, known_ones in KNOWN.items():
        here = found(fates, section)
        listed = {key for key in known_ones if key[0] == wrapper.name}
        assert not names(fate for key, fate in here.items() if key not in listed), f"{section}, and not in the list"
        assert not listed - here.keys(), f"listed as {section}, and not so any more"


def test_the_list_has_its_sections() -> None:
    assert list(KNOWN) == ["equivalent", "undecided", "unreplayed"]


def test_listed_wrappers_exist() -> None:
    listed = {key[0] for section in KNOWN.values() for key in section}
    assert listed <= {wrapper.name for wrapper in WRAPPERS}
