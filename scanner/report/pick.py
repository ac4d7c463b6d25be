"""Find the one device that a person means."""

from collections.abc import Iterator
from contextlib import suppress

from scanner.errors import DataError
from scanner.model import net
from scanner.model.assessment import Assessment, Judged


def pick(found: Assessment, wanted: str) -> Judged:
    """The device with this id, address, MAC or name; raise DataError with the candidates when it is not one."""
    low = wanted.strip().lower()
    spellings = {low, *_canonical(low)}
    fits = [judged for judged in found.devices if spellings & _names(judged)]
    fits = fits or [judged for judged in found.devices if any(low in name for name in _names(judged))]
    if len(fits) == 1:
        return fits[0]
    if not fits:
        raise DataError(f"no device has the id, address or name {wanted!r}; see `stalehost devices`")
    some = ", ".join(f"{judged.device.name} ({judged.device.id})" for judged in fits[:5])
    raise DataError(f"{wanted!r} fits {len(fits)} devices: {some}{', ...' if len(fits) > 5 else ''}")


def _names(judged: Judged) -> set[str]:
    device = judged.device
    legs = {str(part) for leg in device.legs for part in (leg.address, leg.mac) if part}
    return {device.id, *legs, *(name.lower() for name in device.names)}


def _canonical(text: str) -> Iterator[str]:
    """The text as a MAC or an address in our spelling: people paste `00-1B-21-...` and `FE80:0:0::1`."""
    for read in (net.mac, net.address):
        with suppress(ValueError):
            yield read(text)
