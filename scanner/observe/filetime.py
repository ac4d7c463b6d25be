"""Windows time: 100 nanoseconds since 1601, as SMB, NTLM and their kin send it ([MS-DTYP] 2.3.3)."""

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)


def read(data: bytes) -> str | None:
    """Eight bytes, lowest first, as ISO text in UTC to the second; None for nothing, zero, or past the year 9999."""
    ticks = int.from_bytes(data, "little")
    if len(data) != 8 or not ticks:
        return None
    try:
        return (_EPOCH + timedelta(seconds=ticks // 10_000_000)).isoformat().replace("+00:00", "Z")
    except OverflowError:
        return None
