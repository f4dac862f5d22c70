"""What happens at a call that leaves the code under proof: thunks, tracing stubs, functions that never return.

Every rule that is applied becomes an assumption in the report.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from tdxprove import library
from tdxprove.callgraph import leads_to_call
from tdxprove.effect import Effect
from tdxprove.endless import never_returns
from tdxprove.image import Image
from tdxprove.leads import returns
from tdxprove.registers import GPRS
from tdxprove.symbols import DATA, offset_in
from tdxprove.vouched import Assigned, Vouched
from tdxprove.well_known import (
    ABORTS,
    CHECKS,
    IN_RCX,
    INDIRECT_THUNK,
    OWN_CONVENTIONS,
    RESCHEDULING,
    RETURN_THUNKS,
    RETURNING_TWICE,
    RUST_PANICS,
    STATIC_CALL_TRAMPOLINE,
    THUNK_PREFIXES,
    TRACING_STUBS,
)

_FILLING: Final = ", but for the objects there that it is to fill, which it does"
_SPARING: Final = ", nor changes an object in it"
_ASSIGNING: Final = ", but for the objects that the contract set says it assigns"
ENDLESS: Final = "no way leads back from {}"
"""How paths end that call a function of the file which never returns."""

_NO_WAY_BACK: Final = (
    "{} is not followed: no way through its code leads to a return, and what it calls through pointers sends nothing "
    "of what its caller keeps"
)
_CONVENTIONAL: Final = "keeps the calling convention, issues no TDX call and does not touch the caller's stack"


@dataclass(frozen=True)
class Surroundings:
    """Rules for names: what does not return, and which registers a call outside the image may change.

    Code that is in the file is followed whatever its name, but for what the contract set vouches for, for panics of
    Rust's libraries that have no return, and for what never returns where that is trusted.

    `issuing` names functions that are known to issue TDX calls, from a contract or from their code: those can not be
    havocked away, whatever is vouched for them.
    """

    noreturn: frozenset[str] = frozenset()
    vouched: Vouched = field(default_factory=Vouched)
    volatile: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    issuing: frozenset[str] = frozenset()
    arguments: tuple[str, ...] = ()
    home: int = 0
    trusts_endings: bool = False
    """Is it of no interest to a caller what a function of the file does that never returns?"""

    def effect(self, image: Image, source: int, target: int) -> Effect | None:
        """The rule for the function at `target`; None where no rule applies and the code can be followed.

        Of a kernel, what a module calls is followed only where it issues TDX calls: drivers call everything.
        """
        outside = image.external_at(target)
        name = outside
        if name is None:
            found = image.symbol_at(target)
            if found is None or found[1] != 0:
                return None
            name = next(filter(self._speaks_of, image.names_at(target)), found[0].name)
            if name not in self.issuing and image.leaves_module(source, target):
                outside = name
        unknown = _unknown(image, target, name)
        if unknown is not None:
            return Effect("cut", name, reason=f"calls {name}, {unknown}")
        if outside is None and name in self.issuing:
            return None
        if name in self.vouched.noreturn or (self._panics(name) if outside is not None else _panics(image, target)):
            return Effect("noreturn", name, f"{name} does not return")
        if name in (self.vouched.transparent if outside is None else TRACING_STUBS):
            return Effect("return", name, f"{name} changes nothing (tracing is off, or transparent)")
        if name in self.issuing and name not in self.noreturn | self.vouched.noreturn:
            return self._left(image, name)
        vouched = self._vouched(name)
        if vouched is not None:
            return vouched
        if outside is None and self.trusts_endings and self._is_endless(image, target):
            return Effect("noreturn", name, _NO_WAY_BACK.format(name), reason=ENDLESS.format(name))
        if outside is None and name in self.vouched.library:
            return self._library(name, f"{name} is not followed: it")
        if outside is None:
            return _static_call(self, name) if name.startswith(STATIC_CALL_TRAMPOLINE) else None
        beyond = "is outside the image" if image.external_at(target) else "is in the kernel and not followed"
        return self._left(image, name, beyond)

    def _is_endless(self, image: Image, target: int) -> bool:
        return never_returns(image, target) and not leads_to_call(image, target, self.noreturn)

    def _vouched(self, name: str) -> Effect | None:
        """What a function does for which the contract set vouches, wherever its code is."""
        assigns = self._assigns(name)
        if name not in self.vouched.conventional | self.vouched.filling and assigns is None:
            return None
        if name in RESCHEDULING:
            return _others_run(name, "is not followed")
        fills = name in self.vouched.filling
        limits = _ASSIGNING if assigns else _SPARING if assigns == () else _FILLING if fills else ""
        return Effect(
            "havoc",
            name,
            f"{name} is not followed: it {_CONVENTIONAL}{limits}",
            volatile=self.volatile,
            results=self.results,
            more=(*self.more, *_own_results(name)),
            arguments=self.arguments,
            fills=fills,
            assigns=assigns,
            home=self.home,
            leads_into=self._leads_into(name),
        )

    def _speaks_of(self, name: str) -> bool:
        """Is there a rule for code of this name in the file?"""
        said = self.vouched
        return (
            name in self.issuing
            or any(
                name in names
                for names in (said.noreturn, said.transparent, said.conventional, said.filling, said.library)
            )
            or any(name == function for function, _ in said.assigns)
        )

    def _panics(self, name: str) -> bool:
        return name in self.noreturn or any(known.fullmatch(name) for known in (RUST_PANICS, ABORTS))

    def _assigns(self, name: str) -> tuple[Assigned, ...] | None:
        """The objects that it may change, if the contract sets agree on them."""
        said = {objects for function, objects in self.vouched.assigns if function == name}
        return said.pop() if len(said) == 1 else None

    def _leads_into(self, name: str) -> int | None:
        said = {argument for function, argument in self.vouched.returned if function == name}
        return said.pop() if len(said) == 1 else None

    def _library(self, name: str, what: str, instead: str = "") -> Effect:
        return Effect(
            "library",
            name,
            f"{what} copies or fills memory as documented, and keeps the calling convention",
            volatile=self.volatile,
            results=self.results,
            more=self.more,
            arguments=self.arguments[:5],
            assigns=(Assigned(1, size_in=library.sizes(name)[0] + 1),),
            instead=instead,
            home=self.home,
        )

    def _left(self, image: Image, name: str, where: str = "is outside the image") -> Effect:
        """What a function outside the image does, or one of the kernel that a module calls."""
        if name in self.issuing:
            where = image.elsewhere.get(name, "which makes TDX calls and is not in the file")
            return Effect("cut", name, reason=f"calls {name}, {where}")
        if name in RETURN_THUNKS:
            return Effect("return", name, f"{name} returns as ret does")
        thunk = INDIRECT_THUNK.fullmatch(name)
        register = "" if thunk is None else thunk["register"] or thunk["llvm"]
        if register in GPRS:
            return Effect("jump", name, f"{name} jumps to {register}", register=register)
        if name.startswith(THUNK_PREFIXES):
            return Effect("cut", name, reason=f"calls {name}, a thunk that is not known")
        if name in OWN_CONVENTIONS:
            return Effect("cut", name, reason=f"calls {name}, which keeps no calling convention (-fsplit-stack)")
        if CHECKS.fullmatch(name):
            text = (
                f"{name} checks or counts what the code does, and changes nothing but registers that calls may change"
            )
            return Effect("volatile", name, text, volatile=self.volatile, home=self.home)
        if name in image.elsewhere:
            return Effect("cut", name, reason=f"calls {name}, {image.elsewhere[name]}")
        if name in RESCHEDULING:
            return _others_run(name, where)
        conventional = Effect(
            "havoc",
            name,
            f"{name} {where}: it {_CONVENTIONAL}",
            volatile=self.volatile,
            results=self.results,
            more=(*self.more, *_own_results(name)),
            arguments=self.arguments,
            home=self.home,
            leads_into=self._leads_into(name),
        )
        if not library.is_known(name) or len(self.arguments) < library.parameters(name):
            return conventional
        return self._library(name, f"{name} {where}: it", conventional.assumption)

    def replaceable(self, what: str) -> Effect:
        """A call whose target is set at run time: any function that keeps the calling convention."""
        text = f"{what} {_CONVENTIONAL}"
        return Effect("havoc", what, text, volatile=self.volatile, results=self.results, more=self.more, home=self.home)


def _panics(image: Image, target: int) -> bool:
    """Is the code there a panic of Rust's libraries, by its name, that has no return?"""
    found = image.symbol_at(target)
    return found is not None and RUST_PANICS.fullmatch(found[0].name) is not None and not returns(image, found[0])


def _unknown(image: Image, target: int, name: str) -> str | None:
    """Why nobody knows where execution goes on behind a call, whatever the file has under this name."""
    if target in image.chosen:
        return "whose implementation is chosen at load time"
    return "which may return a second time" if name in RETURNING_TWICE else None


def _own_results(name: str) -> tuple[str, ...]:
    """Registers in which a function returns though its calling convention does not say so."""
    return ("rcx",) if IN_RCX.fullmatch(name) else ()


def _others_run(name: str, where: str) -> Effect:
    text = f"{name} {where}: it gives back every register, issues no TDX call and does not touch the caller's stack"
    return Effect("havoc", name, text)


def pointed_to(image: Image, surroundings: Surroundings, value: str) -> Effect | None:
    """What the code does that a variable points to for which the contract set vouches: `value` is what it holds."""
    address = offset_in(DATA, value)
    for name in sorted(surroundings.vouched.pointers):
        if address is not None and image.holds(name, address):
            return surroundings.replaceable(f"the code that {name} points to")
    return None


def paravirtual(image: Image, address: int) -> str:
    """How reports call what a call through `pv_ops` does."""
    return f"the paravirtual operation that {image.locate(address)} calls"


def _static_call(surroundings: Surroundings, name: str) -> Effect:
    """A call of, or patched into the place of, a trampoline, which jumps to what the kernel chose last."""
    if name in RESCHEDULING:
        return _others_run(name, "is not followed")
    return surroundings.replaceable(f"the static call {name.removeprefix(STATIC_CALL_TRAMPOLINE)}")


def effect_of(image: Image, surroundings: Surroundings, source: int, target: int, call: bool) -> Effect | None:
    """What a direct call or jump at `source` does besides going to `target`; None where the code there is followed."""
    if source in image.rewrites.static_calls:
        return _static_call(surroundings, image.locate(target).removesuffix("+0x0"))
    if call or image.external_at(target) is not None or _leaves_function(image, source, target):
        return surroundings.effect(image, source, target)
    return None


def _leaves_function(image: Image, source: int, target: int) -> bool:
    """Is a jump a call in tail position: to another function than the one that it is in?"""
    here, there = image.symbol_at(source), image.symbol_at(target)
    return here is not None and there is not None and here[0] != there[0]
