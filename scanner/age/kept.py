"""Programs whose version an enterprise distribution keeps for its whole life and shows without a revision of its own.

Red Hat Enterprise Linux and its rebuilds mend in place: the version alone tells which release it is, and with it the day
when updates ended. Debian, Ubuntu and FreeBSD say their revision in the same place, so a bare version is seldom theirs.
Versions of the packages from memory (own list, 2026-11): they shape a belief and decide no verdict.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from msgspec import Struct

KEEPERS: Final = ("redhat:enterprise_linux", "centos:centos")
"""Whose branches are numbered alike: the distribution, and its rebuild."""


class Kept(Struct, frozen=True):
    """Which release keeps a version."""

    branch: str
    until: date | None = None
    """The day when a point release of it brought the next version; None where it keeps this one to its end."""


KEPT: Final[Mapping[str, Mapping[str, Kept]]] = {
    "apache:http_server": {
        "2.0.52": Kept("4"), "2.2.3": Kept("5"), "2.2.15": Kept("6"), "2.4.6": Kept("7"), "2.4.37": Kept("8"),
    },
    "isc:bind": {"9.9.4": Kept("7", date(2019, 8, 6)), "9.11.4": Kept("7"), "9.11.36": Kept("8")},
    "openbsd:openssh": {
        "3.9p1": Kept("4"), "4.3": Kept("5"), "5.3": Kept("6"), "6.4": Kept("7", date(2015, 11, 19)),
        "6.6.1": Kept("7", date(2017, 8, 1)), "7.4": Kept("7"), "7.8": Kept("8", date(2019, 11, 5)), "8.0": Kept("8"),
        "8.7": Kept("9"),
    },
    "php:php": {"5.1.6": Kept("5"), "5.3.3": Kept("6"), "5.4.16": Kept("7"), "7.2.24": Kept("8")},
    "postfix:postfix": {"2.3.3": Kept("5"), "2.6.6": Kept("6"), "2.10.1": Kept("7"), "3.3.1": Kept("8")},
    "vsftpd_project:vsftpd": {"2.0.5": Kept("5"), "2.2.2": Kept("6"), "3.0.2": Kept("7"), "3.0.3": Kept("8")},
}  # fmt: skip
"""Product -> version -> who keeps it."""


def keeper(product: str, version: str) -> Kept | None:
    """Who keeps this version of a product, with or without OpenSSH's `pN`; None where nobody is known to."""
    known = KEPT.get(product, {})
    return known.get(version) or known.get(version.partition("p")[0])
