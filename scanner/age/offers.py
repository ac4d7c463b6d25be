"""What a program's offers date: an SSH algorithm or a TLS version cannot be older than its first release.

Presence is a hard lower bound; absence only hints, since hardening takes away and seldom adds.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final

from msgspec import Struct


class Since(Struct, frozen=True):
    """The first release of a program that offered something."""

    product: str
    """`openssh`, `dropbear`, or `any` for the first program of all."""
    day: date
    release: str
    """With where it is said."""


def _openssh(day: date, release: str) -> Since:
    return Since("openssh", day, f"OpenSSH {release} (its release notes, openssh.com/releasenotes.html)")


_DROPBEAR_2020: Final = Since("dropbear", date(2020, 6, 15), "Dropbear 2020.79 (its CHANGES file)")

SSH: Final[Mapping[str, tuple[Since, ...]]] = {
    "aes128-gcm@openssh.com": (_openssh(date(2013, 3, 22), "6.2"),),
    "chacha20-poly1305@openssh.com": (_openssh(date(2014, 1, 30), "6.5"), _DROPBEAR_2020),
    "curve25519-sha256": (_openssh(date(2016, 12, 19), "7.4"),),
    "curve25519-sha256@libssh.org": (
        _openssh(date(2014, 1, 30), "6.5"),
        Since("dropbear", date(2013, 12, 3), "Dropbear 2013.62 (its CHANGES file)"),
    ),
    "diffie-hellman-group14-sha256": (_openssh(date(2016, 8, 1), "7.3"),),
    "diffie-hellman-group16-sha512": (_openssh(date(2016, 8, 1), "7.3"),),
    "ecdh-sha2-nistp256": (_openssh(date(2011, 1, 24), "5.7"),),
    "hmac-sha2-256": (_openssh(date(2011, 9, 6), "5.9"),),
    "hmac-sha2-256-etm@openssh.com": (_openssh(date(2013, 3, 22), "6.2"),),
    "kex-strict-s-v00@openssh.com": (
        Since(
            "any",
            date(2023, 12, 18),
            "the fix of CVE-2023-48795, in OpenSSH 9.6 and as an update of older ones",
        ),
    ),
    "mlkem768x25519-sha256": (_openssh(date(2024, 9, 19), "9.9"),),
    "rsa-sha2-256": (_openssh(date(2016, 2, 29), "7.2"), _DROPBEAR_2020),
    "sntrup4591761x25519-sha512@tinyssh.org": (_openssh(date(2019, 4, 17), "8.0"),),
    "sntrup761x25519-sha512": (_openssh(date(2024, 9, 19), "9.9"),),
    "sntrup761x25519-sha512@openssh.com": (_openssh(date(2021, 3, 3), "8.5"),),
    "ssh-ed25519": (_openssh(date(2014, 1, 30), "6.5"), _DROPBEAR_2020),
}
"""Algorithm -> the first release of each program that offered it."""

STRICT: Final = "kex-strict-s-v00@openssh.com"
"""Every distribution that was still mending its SSH shipped this one: its absence says that none came since."""

TLS: Final[Mapping[str, Since]] = {
    "TLSv1.1": Since("any", date(2006, 4, 1), "RFC 4346"),
    "TLSv1.2": Since("any", date(2008, 8, 1), "RFC 5246"),
    "TLSv1.3": Since("any", date(2018, 8, 10), "RFC 8446"),
    "X25519MLKEM768": Since("any", date(2024, 8, 13), "FIPS 203, which it is made of"),
}
"""TLS version or key exchange group -> since when it can be offered at all."""

TLS_CEILINGS: Final[Mapping[str, Since]] = {
    "SSLv3": Since("any", date(2012, 3, 14), "OpenSSL 1.0.1, the first with TLS 1.2 (its change log)"),
    "TLSv1.0": Since("any", date(2012, 3, 14), "OpenSSL 1.0.1, the first with TLS 1.2 (its change log)"),
    "TLSv1.2": Since("any", date(2018, 9, 11), "OpenSSL 1.1.1, the first with TLS 1.3 (its change log)"),
}
"""The newest version that a server accepts -> since when most programs accept a newer one."""

SMB: Final[Mapping[str, Since]] = {
    "2.0.2": Since("windows", date(2007, 1, 30), "Windows Vista (MS-SMB2 appendix A)"),
    "2.1": Since("windows", date(2009, 10, 22), "Windows 7 (MS-SMB2 appendix A)"),
    "3.0": Since("windows", date(2012, 10, 26), "Windows 8 (MS-SMB2 appendix A)"),
    "3.0.2": Since("windows", date(2013, 10, 17), "Windows 8.1 (MS-SMB2 appendix A)"),
    "3.1.1": Since("windows", date(2015, 7, 29), "Windows 10 (MS-SMB2 appendix A)"),
}
"""SMB dialect -> the first Windows that speaks it."""


def ssh_since(offered: Collection[str], program: str) -> Since | None:
    """The youngest of the first releases of what an SSH server offers.

    Of an unknown program (`""`: Bitvise, Cisco and many others) only what was new to all of them counts.
    """
    found = [since for name in offered if (since := _first(name, program))]
    return max(found, key=lambda one: (one.day, one.release), default=None)


def _first(name: str, program: str) -> Since | None:
    return next((one for one in SSH.get(name, ()) if one.product in {program, "any"}), None)
