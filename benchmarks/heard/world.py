"""Machines of known systems and what each lets a listener hear, drawn with a seed; and programs that lie about themselves.

Texts as the systems send them, written from common knowledge of each client, none from our own tables. Every machine says at
least one of: NTLM, a browser's words, DHCP, SMB. A fifth of the NATed ones say what two machines would.
"""

import random
from collections.abc import Iterator
from typing import Final, NamedTuple

Fact = tuple[str, str | dict[str, str]]
"""Field and value."""


class Machine(NamedTuple):
    """One machine, what it is, and what is heard of it."""

    family: str
    """What it truly runs; for a liar what stands behind the words."""
    honest: bool
    facts: tuple[Fact, ...]


_CHROME: Final = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"
_FIREFOX: Final = "rv:{major}.0) Gecko/20100101 Firefox/{major}.0"
_WINDOWS: Final = (
    # NT version, build, name in SMB, share
    ("5.1", "2600", "Windows 5.1", 1),
    ("5.1", "2600", "Windows XP 2600 Service Pack 3", 1),
    ("5.2", "3790", "Windows Server 2003 3790 Service Pack 2", 1),
    ("6.1", "7601", "Windows 7 Professional 7601 Service Pack 1", 3),
    ("6.1", "7601", "Windows Server 2008 R2 Standard 7601 Service Pack 1", 1),
    ("6.3", "9600", "Windows Server 2012 R2 Standard 9600", 1),
    ("10.0", "17763", "Windows Server 2019 Standard 17763", 2),
    ("10.0", "19045", "Windows 10 Pro 19045", 5),
    ("10.0", "26100", "", 3),
)
_DHCP_WINDOWS: Final = {
    "5.1": "1,15,3,6,44,46,47,31,33,249,43",
    "5.2": "1,15,3,6,44,46,47,31,33,249,43",
    "6.1": "1,15,3,6,44,46,47,31,33,121,249,43",
    "6.3": "1,15,3,6,44,46,47,31,33,121,249,252,43",
    "10.0": "1,3,6,15,31,33,43,44,46,47,119,121,249,252",
}
_IPHONE: Final = ("1,121,3,6,15,108,114,119,252", "1,121,3,6,15,119,252")
_MAC: Final = tuple(f"{one},95,44,46" for one in _IPHONE)
"""Macs ask for directories and NetBIOS too; published lists of iPads end before."""
_ANDROID: Final = "1,3,6,15,26,28,51,58,59,43"
_DHCLIENT: Final = ("1,28,2,3,15,6,119,12,44,47,26,121,42", "1,28,2,3,15,6,12")
"""As Debian sets it, and as it comes: the BSDs' client asks the same."""
_MANAGER: Final = "1,2,6,12,15,26,28,121,3,33,40,41,42,119,249,252,17"


def machines(count: int, seed: int) -> Iterator[Machine]:
    """So many honest ones, and one liar to ten of them."""
    dice = random.Random(seed)
    makers = {"Windows": windows, "Linux": linux, "Mac OS X": mac, "iOS": phone, "Android": android}
    shares = {"Windows": 60, "Linux": 15, "Mac OS X": 8, "iOS": 8, "Android": 9}
    for number in range(count):
        family = dice.choices(list(shares), list(shares.values()))[0]
        told = [one for one in makers[family](dice) if one]
        yield Machine(family, True, tuple(dice.sample(told, dice.randint(1, len(told)))))
        if number % 10 == 0:
            yield liar(dice)


def windows(dice: random.Random) -> list[Fact]:
    """What a Windows machine says."""
    version, build, name, _ = dice.choices(_WINDOWS, [one[3] for one in _WINDOWS])[0]
    dhcp = {"dhcpoption55": _DHCP_WINDOWS[version], "dhcpoption60": "MSFT 5.0", "dhcptype": "discover"}
    if dice.random() < 0.3:
        del dhcp["dhcpoption60"]
    facts: list[Fact] = [("ntlm.version", f"{version}.{build}"), ("dhcp.options", dhcp)]
    if version[0] == "5":
        agent = f"Mozilla/4.0 (compatible; MSIE {dice.choice('678')}.0; Windows NT {version})"
    elif dice.random() < 0.5:
        agent = (
            f"Mozilla/5.0 (Windows NT {version}; Win64; x64) {_CHROME.format(major=dice.randint(80, 131))}"
        )
    else:
        agent = (
            f"Mozilla/5.0 (Windows NT {version}; Win64; x64; {_FIREFOX.format(major=dice.randint(78, 132))}"
        )
    facts.append(("http_header.user_agent", agent))
    if dice.random() < 0.4:
        facts.append(("http_header.user_agent", f"Microsoft-CryptoAPI/{version}"))
    if name:
        facts.append(("smb.native_os", name))
    return facts


def linux(dice: random.Random) -> list[Fact]:
    """What a Linux machine says: Samba calls itself Unix, or a Windows that it is not."""
    distribution = dice.choice(("Ubuntu; ", "Fedora; ", ""))
    agent = f"Mozilla/5.0 (X11; {distribution}Linux x86_64; {_FIREFOX.format(major=dice.randint(60, 132))}"
    asked = dice.choice((*_DHCLIENT, _MANAGER, _MANAGER))
    dhcp = {"dhcpoption55": asked, "dhcptype": "discover"}
    if dice.random() < 0.3:
        dhcp = {"dhcpoption60": "dhcpcd-9.4.1:Linux-5.10.103-v7l+:armv7l:BCM2835", "dhcpoption55": "1,121,33,3,6,12,15,26,28,42,51,54,58,59,119"}  # fmt: skip
    facts: list[Fact] = [("http_header.user_agent", agent), ("dhcp.options", dhcp)]
    if dice.random() < 0.4:
        facts += [("smb.native_os", "Unix"), ("smb.native_lm", f"Samba 3.6.{dice.randint(3, 25)}")]
    if dice.random() < 0.3:
        facts += [("ntlm.version", "6.1.0"), ("ssh.client", "OpenSSH_8.4p1 Debian-5+deb11u1")]
    return facts


def mac(dice: random.Random) -> list[Fact]:
    """What a Mac says."""
    version = dice.choice(("10_13_6", "10_15_7"))
    return [
        ("http_header.user_agent", f"Mozilla/5.0 (Macintosh; Intel Mac OS X {version}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15"),
        ("dhcp.options", {"dhcpoption55": dice.choice(_MAC), "dhcptype": "request"}),
    ]  # fmt: skip


def phone(dice: random.Random) -> list[Fact]:
    """What an iPhone says."""
    version = f"{dice.randint(12, 17)}_{dice.randint(0, 6)}"
    return [
        ("http_header.user_agent", f"Mozilla/5.0 (iPhone; CPU iPhone OS {version} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"),
        ("dhcp.options", {"dhcpoption55": dice.choice(_IPHONE), "dhcptype": "request"}),
    ]  # fmt: skip


def android(dice: random.Random) -> list[Fact]:
    """What an Android phone says."""
    version = dice.randint(7, 15)
    return [
        ("http_header.user_agent", f"Mozilla/5.0 (Linux; Android {version}; SM-A{dice.randint(100, 999)}F) {_CHROME.format(major=120)}"),
        ("dhcp.options", {"dhcpoption55": _ANDROID, "dhcpoption60": f"android-dhcp-{version}", "dhcptype": "discover"}),
    ]  # fmt: skip


def liar(dice: random.Random) -> Machine:
    """A program on Linux that says what it is not: attack frameworks' SMB clients, honeypots, scripts that borrow a browser's name."""
    what = dice.randrange(4)
    if what == 0:
        # the pair that exploit clients have sent for twenty years
        facts: list[Fact] = [("smb.native_os", "Windows 2000 2195"), ("smb.native_lm", "Windows 2000 5.0")]
    elif what == 1:
        facts = [("smb.native_os", "Windows 5.1"), ("ssh.banner", "OpenSSH_6.0p1 Debian-4+deb7u2"), ("ftp.banner", "Welcome to the ftp service")]  # fmt: skip
    elif what == 2:
        facts = [("http_header.user_agent", "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)"), ("dhcp.options", {"dhcpoption55": _DHCLIENT[0], "dhcptype": "discover"})]  # fmt: skip
    else:
        facts = [("http_header.user_agent", "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 Chrome/41.0 Safari/537.36"), ("ssh.client", "OpenSSH_8.4p1 Debian-5+deb11u1")]  # fmt: skip
    return Machine("Linux", False, tuple(facts))
