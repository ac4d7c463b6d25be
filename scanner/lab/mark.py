"""Compare what a scan made of a simulated network with the truth about it; for tests and benchmarks."""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from scanner.lab.paperwork import Expected
from scanner.model.kinds import Kind, Role, Support
from scanner.model.net import Address


class FoundAge(Struct, frozen=True, kw_only=True):
    """The part of `age` that is marked."""

    support: Support


class Found(Struct, frozen=True, kw_only=True):
    """One device of `stalehost devices --json`, as far as it is marked."""

    addresses: tuple[Address, ...]
    kind: Kind
    role: Role
    age: FoundAge


class Mistake(Struct, frozen=True, kw_only=True, order=True):
    """One thing that the scan got wrong about one device."""

    device: str
    what: str
    """`missing`, `split`, `merged`, `kind`, `role`, `support`, `wrong unsupported`."""
    want: str
    got: str


class Marks(Struct, frozen=True, kw_only=True):
    """The whole comparison."""

    mistakes: tuple[Mistake, ...]
    unsupported: int
    """Devices that are out of support and could be known to be."""
    called: int
    """How many of those the scan called so."""

    @property
    def grave(self) -> tuple[Mistake, ...]:
        """The mistakes but for a support verdict that was left unknown: that one is modest, not wrong."""
        return tuple(one for one in self.mistakes if (one.what, one.got) != ("support", Support.UNKNOWN))


def read(lines: bytes) -> tuple[Found, ...]:
    """Read the output of `stalehost devices --json`."""
    return tuple(msgspec.json.Decoder(Found).decode_lines(lines))


def mark(expected: Sequence[Expected], found: Sequence[Found]) -> Marks:
    """Say what is wrong, device by device; what nobody could know is not held against the scan.

    A device that is off counts like the rest: papers name it. Calling something unsupported that is not is always a
    mistake, knowable or not.
    """
    owner = {address: device for device in expected for address in device.addresses}
    mistakes = [mistake for device in expected for mistake in _device(device, found, owner)]
    ended = [
        device
        for device in expected
        if device.support is Support.UNSUPPORTED and "support" in device.knowable
    ]
    called = [
        device for device in ended if Support.UNSUPPORTED in {f.age.support for f in _of(device, found)}
    ]
    return Marks(mistakes=tuple(sorted(mistakes)), unsupported=len(ended), called=len(called))


def _of(device: Expected, found: Sequence[Found]) -> list[Found]:
    return [one for one in found if set(one.addresses) & set(device.addresses)]


def _device(device: Expected, found: Sequence[Found], owner: dict[Address, Expected]) -> Iterator[Mistake]:
    ours = _of(device, found)
    if not ours:
        yield Mistake(device=device.id, what="missing", want=", ".join(device.addresses), got="-")
    elif len(ours) > 1 and not device.apart:
        yield Mistake(device=device.id, what="split", want="1", got=str(len(ours)))
    for one in ours:
        others = sorted({owner[a].id for a in one.addresses if a in owner} - {device.id})
        if others:
            yield Mistake(device=device.id, what="merged", want="-", got=", ".join(others))
    wrong = [list(_verdicts(device, one)) for one in ours]
    if device.apart and wrong:
        # what one card tells, the others need not
        wrong = [min(wrong, key=len)]
    for mistakes in wrong:
        yield from mistakes
    for one in ours:
        if one.age.support is Support.UNSUPPORTED and device.support is not Support.UNSUPPORTED:
            yield Mistake(
                device=device.id,
                what="wrong unsupported",
                want=device.support or "-",
                got=one.age.support,
            )


def _verdicts(device: Expected, one: Found) -> Iterator[Mistake]:
    if "kind" in device.knowable and one.kind not in {device.kind, *device.alike}:
        yield Mistake(device=device.id, what="kind", want=device.kind, got=one.kind)
    if "role" in device.knowable and one.role is not device.role:
        yield Mistake(device=device.id, what="role", want=device.role, got=one.role)
    if "support" in device.knowable and device.support and one.age.support is not device.support:
        yield Mistake(device=device.id, what="support", want=device.support, got=one.age.support)
