"""Evidence rows 3 to 5 and 7 to 16: generations, starts, offers, in-band dates and what registers say."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final

from scanner.age import answers, editions, inband, offers
from scanner.age.estimate import Row, Shape
from scanner.age.scene import SSH, Scene, text, words
from scanner.model.observation import EvidenceId, Observation

FIRMWARE_FRESH: Final = 45
"""Judgement: days within which most makers bring another build while they mend a product."""
FIRMWARE_FADES: Final = 150.0
"""Judgement: days after which the belief that a build is still the newest falls to 1/e; makers differ, so it falls slowly."""
FROZEN: Final = 900.0
"""Judgement: days for which an old program stays in use after a better one came out, to 1/e."""

PASSIVE: Final = frozenset({"dhcp.options", "dhcp_vendor_class", "dhcp.lease", "tcp.syn"})
"""Fields that tell a system's generation by its habits alone."""

_SYSTEM_TEXT: Final = (
    "snmp.",
    "telnet.",
    "cdp.",
    "lldp.",
    "mndp.",
    "ubnt.",
    "sadp.",
    "upnp.",
    "ntp.",
    "mdns.",
    "hp_pjl",
)
"""Fields whose texts speak of the whole device's software."""
_NEVER_MADE: Final = frozenset(
    {"ntlm.timestamp", "smb2.system_time", "smb2.boot_time", "tls.not_before", "tls.not_after"}
)
_GREETS: Final = ("smtp.", "nntp.", "imap4.", "pop3.")
"""Mail and news servers greet with the present time; only a date in brackets or after `built` is read there."""
SKEW: Final = timedelta(days=1)
"""A clock that is further off than this is put right before its times are used."""


def generation_rows(scene: Scene) -> Iterator[Row]:
    """Rows 3, 5 and 15: the oldest edition that it may be came out then; when updates stop is the habit's business."""
    days = [reading.branch.released for reading in scene.readings if reading.branch.released]
    if days and len(days) == len(scene.readings):
        first = min(scene.readings, key=lambda one: (one.branch.released or date.max, one.branch.label))
        shown = tuple(sorted({name for one in scene.readings for name in one.evidence}))
        fields = {one.field for one, name in scene.each() if name in shown}
        passive = bool(fields) and fields <= PASSIVE
        told = f"{first.branch.label} came out on {min(days)}"
        yield _row(
            scene, "fingerprint" if passive else "generation", "system", min(days), None, told, shown,
            eps=0.1 if passive else 0.01, grade="E2", system=True, tables=editions.tables(scene.readings),
        )  # fmt: skip
    if not scene.windows:
        return
    for one, name in scene.each("smb2.dialect"):
        since = offers.SMB.get(text(one.value))
        if since is not None:
            told = f"it speaks SMB {text(one.value)}, first in {since.release}"
            yield _row(
                scene, "dialect", "system", since.day, None, told, (name,), eps=0.02, grade="E2", system=True
            )


def start_rows(scene: Scene) -> Iterator[Row]:
    """Rows 4, 13 and 14: what was installed after the last start does not work yet."""
    if scene.windows:
        for one, name in scene.each("smb2.boot_time"):
            started = _moment(text(one.value))
            if started is not None:
                # Windows 8 and newer go to sleep where older ones shut down: their start may lie before an update's.
                eps = 0.1 if _sleeps(scene) else 0.02
                yield from _start(scene, started - _skew(scene, one), name, "start", eps, Shape.START)
    for one, name in scene.each("snmp.sys_uptime", "snmp.engine_boots"):
        seconds = _uptime(one)
        if seconds is not None:
            # An agent restarts alone, and 32 bits of hundredths wrap after 497 days: both only bring the bound forward.
            yield from _start(scene, one.last - timedelta(seconds=seconds), name, "uptime", 0.02, Shape.BOX)
    for one, name in scene.each("tcp.timestamps"):
        seconds = _slope(one)
        if seconds is not None:
            yield from _start(
                scene, one.last - timedelta(seconds=seconds), name, "timestamps", 0.1, Shape.BOX
            )


def text_rows(scene: Scene) -> Iterator[Row]:
    """Rows 7 and 8: days that its own texts carry."""
    for one, name in scene.each():
        if (
            one.field in _NEVER_MADE
            or one.source.startswith(("import:", "person:"))
            or one.field.startswith("http.l")
        ):
            continue
        found = inband.carried(text(one.value), scene.today)
        strong = [day for day in found if not day.weak]
        if strong:
            system = one.field.startswith(_SYSTEM_TEXT)
            day = strong[-1]
            said = str(day.first) if day.first == day.last else str(day.first.year)
            fresh = min(day.last + timedelta(days=FIRMWARE_FRESH), scene.today)
            yield _row(
                scene, "in-band", "system" if system else _speaker(one.field), day.first,
                fresh if fresh < scene.today else None, f"its {one.field} says that it was {day.what} in {said}"
                if day.first != day.last else f"its {one.field} says that it was {day.what} on {said}", (name,),
                eps=0.03, grade="E3", delta=FIRMWARE_FADES, system=system,
            )  # fmt: skip
        elif found:
            year = found[-1].first
            told = f"its {one.field} carries a copyright of {year.year}"
            yield _row(
                scene,
                "copyright",
                _speaker(one.field),
                year,
                None,
                told,
                (name,),
                eps=0.25,
                grade="E2",
            )


def page_rows(scene: Scene) -> Iterator[Row]:
    """Row 9: when the files of its web pages were made; pages made on the fly and those behind a proxy say nothing."""
    if any(True for _ in scene.each("http_header.via")):
        return
    servers = {one.port: text(one.value) for one, _ in scene.each("http_header.server")}
    days: list[tuple[date, EvidenceId]] = []
    for one, name in scene.each("http.last_modified"):
        if day := inband.last_modified(text(one.value), scene.today):
            days.append((day, name))
    for one, name in scene.each("http.etag"):
        if day := inband.etag(text(one.value), servers.get(one.port, ""), scene.today):
            days.append((day, name))
    if not days:
        return
    newest = max(days)[0]
    shown = tuple(sorted({name for _, name in days}))
    ports = {one.port for one, name in scene.each("http.last_modified", "http.etag") if name in shown}
    agree = len(ports) > 1 and newest - min(days)[0] <= timedelta(days=60)
    fresh = newest + timedelta(days=FIRMWARE_FRESH)
    yield _row(
        scene, "web-files", "web pages", newest, fresh if fresh < scene.today else None,
        f"the files of its web pages are of {newest}", shown,
        eps=0.08 if agree else 0.25, grade="E2", delta=FIRMWARE_FADES,
    )  # fmt: skip


def offer_rows(scene: Scene) -> Iterator[Row]:
    """Rows 10 and 11: what SSH and TLS offer cannot be older than its first release; absence only hints."""
    for one, name in scene.each("ssh.kexinit"):
        offered = {
            word for part in ("kex", "host_key", "encryption", "mac") for word in words(one.value, part)
        }
        if since := offers.ssh_since(offered, scene.program):
            told = f"its SSH offers what came with {since.release} on {since.day}"
            yield _row(scene, "ssh-offer", SSH, since.day, None, told, (name,), eps=0.01, grade="E2")
        if scene.program == "openssh" and offered and offers.STRICT not in offered:
            day = offers.SSH[offers.STRICT][0].day
            told = f"its SSH lacks the fix of CVE-2023-48795, out since {day}"
            yield _row(scene, "ssh-lacks", SSH, None, day, told, (name,), eps=0.25, grade="E2", delta=120)
    for one, name in scene.each("tls.versions", "tls.groups"):
        accepted = (*words(one.value, "accepted"), *words(one.value, "groups"))
        known = [offers.TLS[word] for word in accepted if word in offers.TLS]
        if known:
            since = max(known, key=lambda it: it.day)
            told = f"it offers TLS as it is since {since.release} of {since.day}"
            yield _row(scene, "tls-offer", "TLS", since.day, None, told, (name,), eps=0.02, grade="E2")
        top = max(words(one.value, "accepted"), default="")
        if top in offers.TLS_CEILINGS and "TLSv1.3" in words(one.value, "refused"):
            ceiling = offers.TLS_CEILINGS[top]
            told = f"it stops at {top}, which most programs pass since {ceiling.release}"
            yield _row(
                scene,
                "tls-ceiling",
                "tls",
                None,
                ceiling.day,
                told,
                (name,),
                eps=0.3,
                grade="E2",
                delta=FROZEN,
            )


def register_rows(scene: Scene) -> Iterator[Row]:
    """Row 16: the day of the last update as an update tool, an inventory or a person gives it."""
    said = [(one, name, text(one.value)) for one, name in scene.each("patch.last")]
    said += [(it.seen, it.evidence, it.value) for it in scene.device.facts if it.attr == answers.PATCHED]
    for one, name, when in said:
        moment = _moment(when.split("\n")[0])
        if moment is None or not one.source.startswith(("import:", "person:")):
            continue
        day = moment.date()
        if inband.EARLIEST <= day <= scene.today:
            told = f"{one.source} says that it was last updated on {day}"
            yield _row(
                scene,
                "register",
                "system",
                day,
                day,
                told,
                (name,),
                eps=0.02,
                grade="E4",
                delta=3.0,
                system=True,
            )


def dead_clock(scene: Scene) -> str | None:
    """In words, that its clock is far off: its battery may be dead, and its own dates are worth little; else None."""
    for one, _ in scene.each("smb2.system_time"):
        said = _moment(text(one.value))
        if said is not None and abs(said - one.last) > SKEW:
            return f"its clock says {said.date()} where it is {one.last.date()}"
    return None


def _speaker(field: str) -> str:
    """What to call the program whose text a field is."""
    word = field.partition(".")[0]
    return SSH if word == "ssh" else f"{word.upper()} server"


def _start(
    scene: Scene, when: datetime, name: EvidenceId, source: str, eps: float, shape: Shape
) -> Iterator[Row]:
    day = when.astimezone(UTC).date()
    if date(1995, 1, 1) <= day <= scene.today:
        told = f"it last started on {day}, and no update works before the next start"
        yield _row(
            scene,
            source,
            "system",
            None,
            day,
            told,
            (name,),
            eps=eps,
            grade="E4",
            delta=3.0,
            system=True,
            shape=shape,
        )


def _skew(scene: Scene, other: Observation) -> timedelta:
    """How far its clock is ahead of ours, where that is far: a start told by a wrong clock is put right."""
    for one, _ in scene.each("smb2.system_time"):
        said = _moment(text(one.value))
        if said is not None and one.address == other.address and abs(said - one.last) > SKEW:
            return said - one.last
    return timedelta()


def _sleeps(scene: Scene) -> bool:
    build = scene.device.attributes.get("os.build")
    return build is not None and build.value.startswith(("6.2", "6.3", "10."))


def _uptime(one: Observation) -> float | None:
    """Seconds that an SNMP agent says it has run: hundredths as a text, or `engine_time` in seconds."""
    said = one.value.get("engine_time") if isinstance(one.value, dict) else one.value
    try:
        seconds = float(str(said)) / (1 if isinstance(one.value, dict) else 100)
    except ValueError:
        return None
    return seconds if 0 <= seconds < 2**31 else None


def _slope(one: Observation) -> float | None:
    """Seconds since the clock of TCP timestamps was zero; None unless samples a minute apart agree on one usual rate.

    RFC 7323 leaves rate and start free; Linux since 4.10 adds an offset a connection, so its samples agree on none.
    """
    pairs = []
    for sample in words(one.value, "samples"):
        at, _, ticks = str(sample).partition(" ")
        try:
            pairs.append((float(at), int(ticks)))
        except ValueError:
            return None
    pairs.sort()
    if len(pairs) < 2 or pairs[-1][0] - pairs[0][0] < 60:
        return None
    whole = (pairs[-1][1] - pairs[0][1]) / (pairs[-1][0] - pairs[0][0])
    rate = next((rate for rate in (10, 100, 250, 300, 1000) if abs(whole - rate) <= rate * 0.02), None)
    if rate is None or any(
        abs(t2 - t1 - (s2 - s1) * rate) > 2 * rate for (s1, t1), (s2, t2) in pairwise(pairs)
    ):
        return None
    return pairs[-1][1] / rate


def _moment(said: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(said)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _row(
    scene: Scene,
    source: str,
    component: str,
    since: date | None,
    until: date | None,
    told: str,
    shown: tuple[EvidenceId, ...],
    *,
    eps: float,
    grade: str,
    delta: float = 30.0,
    system: bool = False,
    shape: Shape = Shape.BOX,
    tables: tuple[str, ...] = (),
) -> Row:
    return Row(
        source=source,
        component=component,
        not_before=since,
        not_after=until,
        delta=delta,
        eps=eps,
        system=system,
        grade=grade,
        text=told,
        evidence=shown,
        seen=scene.last(shown),
        shape=shape,
        tables=tables,
    )
