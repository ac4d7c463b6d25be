"""Which facts show which exposure: one check for each id of exposures.csv that can be judged from outside.

An id that has no line here is never claimed: nothing that we may send or hear shows it.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from scanner.model.kinds import Kind
from scanner.risk import settings
from scanner.risk.finding import Case, Check, Finding, listens, outlived, runs, says, unfixed, windows

_SMB: Final = ("tcp/445", "tcp/139")
_RDP: Final = ("tcp/3389",)
_RPC: Final = ("tcp/135",)
_WEB: Final = ("tcp/80", "tcp/443", "tcp/8080")
_NLA: Final = ("credssp", "credssp-early-auth")
_NT4_2000: Final = ((4, 0, 0), (5, 0, 9999))
_W2000: Final = ((5, 0, 0), (5, 0, 9999))
_XP_2003: Final = ((5, 1, 0), (5, 2, 9999))
_VISTA_7: Final = ((6, 0, 0), (6, 1, 9999))
_8: Final = ((6, 2, 0), (6, 3, 9999))
_10: Final = ((10, 0, 10240), (10, 0, 19999))
_DEFAULT_PASSWORDS: Final = frozenset({
    Kind.CAMERA, Kind.DVR, Kind.IOT, Kind.TV, Kind.PRINTER, Kind.BUILDING_CONTROLLER, Kind.PLC, Kind.RTU, Kind.METER,
    Kind.UPS, Kind.PDU, Kind.INFUSION_GATEWAY, Kind.PATIENT_MONITOR, Kind.NURSE_CALL, Kind.MODALITY,
})  # fmt: skip
_PHONES: Final = (Kind.PHONE,)
_CAMERAS: Final = (Kind.CAMERA, Kind.DVR, Kind.IOT, Kind.UNKNOWN)


def _ms17_010(case: Case) -> Finding | None:
    found = windows(((5, 0, 0), (10, 0, 14393)), ports=_SMB)(case)
    spoken = case.facts.says("smb1.accepted")
    if not found or (spoken and spoken.value.lower() == "no"):
        return None
    old = case.facts.windows is not None and case.facts.windows < (6, 0)
    success = case.values["success.xp_eternalblue"] if old else None
    # whether SMBv1 is on was not seen: as likely as not on systems this old
    present = found.present if spoken else found.present * 0.5
    evidence = found.evidence if spoken is None else tuple(sorted({*found.evidence, *spoken.evidence}))
    return msgspec.structs.replace(found, present=present, success=success, evidence=evidence)


def _smb1(case: Case) -> Finding | None:
    found = says("smb1.accepted", "yes", on=_SMB)(case)
    # a precondition, on patched hosts and on Samba too: the holes behind it are judged by their own ids
    return msgspec.structs.replace(found, success=case.values["success.0"]) if found else None


def _rdp_hole(check: Check, success: str = "") -> Check:
    def judged(case: Case) -> Finding | None:
        found = check(case)
        if not found:
            return None
        guarded = case.facts.says("rdp.security.selected", *_NLA) or case.facts.says(
            "rdp.security.failure", "hybrid-required"
        )
        present = found.present * (case.values["nla.lowers"] if guarded else 1.0)
        return msgspec.structs.replace(
            found, present=present, success=case.values[success] if success else None
        )

    return judged


def _no_nla(case: Case) -> Finding | None:
    # offered TLS and CredSSP, a server that wants NLA would have chosen CredSSP
    chosen = says("rdp.security.selected", "standard", "tls", on=_RDP)(case)
    return chosen or says("rdp.security.failure", "ssl-not-allowed", "ssl-certificate-missing", on=_RDP)(case)


def _telnet(case: Case) -> Finding | None:
    found = settings.speaks(("telnet", "signon"), "tcp/23", "tcp/2323", grade="config")(case)
    if not found or case.device.kind in _DEFAULT_PASSWORDS:
        return found
    return msgspec.structs.replace(found, success=case.values["success.telnet_managed"])


def _docker(case: Case) -> Finding | None:
    # it answered without a login; else an open port only says that it is likely
    answered = says("http.open", "docker", on=("tcp/2375",))(case)
    return answered or listens("tcp/2375", grade="E3")(case)


def _zerologon(case: Case) -> Finding | None:
    controller = case.device.kind is Kind.DOMAIN_CONTROLLER
    return windows(((6, 0, 0), (10, 0, 19042)), ports=(*_RPC, *_SMB))(case) if controller else None


def _camera_firmware(vendor: str, *ports: str) -> Check:
    seen = listens(*ports, kinds=_CAMERAS, vendor=vendor, grade="E2")

    def judged(case: Case) -> Finding | None:
        found = seen(case)
        return msgspec.structs.replace(found, present=unfixed(case)) if found else None

    return judged


CHECKS: Final[Mapping[str, Check]] = {
    # Windows out of support: holes found since then
    "win-nt4-2000": outlived(_NT4_2000),
    "win-xp-2003": outlived(_XP_2003),
    "win-vista-7-2008": outlived(_VISTA_7),
    "win-8-2012": outlived(_8),
    "win-10-eol": outlived(_10),
    "win-ce": outlived(product=r"windows ce|wince"),
    "linux-eol": outlived(family="Linux"),
    # Windows holes by generation and patch horizon
    "smb1-enabled": _smb1,
    "ms17-010": _ms17_010,
    "ms08-067": windows(((5, 0, 0), (5, 2, 9999)), ports=_SMB),
    "ms03-026": windows(((4, 0, 0), (5, 2, 9999)), ports=_RPC),
    "ms04-011": windows(((5, 0, 0), (5, 1, 9999)), ports=_SMB),
    "ms06-040": windows(((5, 0, 0), (5, 2, 9999)), ports=_SMB),
    "ms05-039": windows(_W2000, ports=_SMB),
    "ms09-050": windows(((6, 0, 0), (6, 0, 9999)), ports=("tcp/445",)),
    "smbghost": windows(((10, 0, 18362), (10, 0, 18363)), ports=("tcp/445",)),
    "wsearch-2017": windows(((5, 1, 0), (10, 0, 14393)), ports=("tcp/445",)),
    "spooler-2010": windows(((5, 1, 0), (6, 1, 9999)), ports=_SMB, grade="E1"),
    "rpc-runtime-2022": windows(((6, 1, 0), (10, 0, 22000)), ports=_RPC),
    "bluekeep": _rdp_hole(windows(((5, 1, 0), (6, 1, 9999)), ports=_RDP), "success.bluekeep"),
    "dejablue": _rdp_hole(windows(((6, 1, 0), (10, 0, 18362)), ports=_RDP)),
    "ms12-020": _rdp_hole(windows(((5, 1, 0), (6, 1, 9999)), ports=_RDP)),
    "rdp-no-nla": _no_nla,
    "zerologon": _zerologon,
    "sigred": windows(((5, 2, 0), (10, 0, 18363)), ports=("tcp/53", "udp/53")),
    "httpsys-2015": windows(((6, 1, 0), (6, 3, 9999)), ports=("tcp/80", "tcp/443")),
    "httpsys-2021": windows(((10, 0, 17763), (10, 0, 22000)), ports=("tcp/80", "tcp/443", "tcp/5985")),
    "msmq-2023": windows(((5, 1, 0), (10, 0, 22621)), ports=("tcp/1801",)),
    "iis6-webdav": runs(r"\biis\b|internet information", at_least="6", below="7"),
    "codered": runs(r"\biis\b|internet information", at_least="4", below="6"),
    "smb-signing-off": says("smb2.signing", "enabled", on=("tcp/445",)),
    # programs by version
    "eternal-samba": runs(r"samba", at_least="3.5", below="4.4.14"),
    "ssh1": runs(r"openssh", below="6.0"),
    "dropbear-2016": runs(r"dropbear", below="2016.74"),
    "regresshion": runs(r"openssh", at_least="8.5", below="9.8"),
    "libssh-bypass": runs(r"^libssh$", at_least="0.6", below="0.7.6"),
    "vsftpd-backdoor": runs(r"vsftpd", at_least="2.3.4", below="2.3.5", grade="E1"),
    "proftpd-modcopy": runs(r"proftpd", at_least="1.3.5", below="1.3.6"),
    "exim-2019": runs(r"exim", at_least="4.87", below="4.92"),
    "apache-2449": runs(r"apache|^httpd$", at_least="2.4.49", below="2.4.51"),
    "php-cgi-2012": runs(r"^php$", below="5.3.12", grade="E1"),
    "heartbleed": runs(r"openssl", at_least="1.0.1", below="1.0.2", grade="E1"),
    "elasticsearch-old": runs(r"elasticsearch", below="1.4.3", grade="E4"),
    "rompager": runs(r"rompager", below="4.34"),
    "jenkins": runs(r"jenkins", below="2.442", grade="E4"),
    "mysql-old": runs(r"mysql|mariadb", below="8.0"),
    "mssql-old": runs(r"sql server", below="13"),
    "orthanc": runs(r"orthanc", below="1.5.8", grade="E4"),
    "ilo4": runs(r"\bilo 4\b", below="2.53", grade="E4"),
    "esxi-slp": runs(r"\besxi?\b", below="7.0.1"),
    "mikrotik-winbox": runs(r"routeros", at_least="6.29", below="6.43", grade="E4"),
    "nucleus13": runs(r"nucleus", below="2017.2.4"),
    "papercut": runs(r"papercut", at_least="8", below="20.1.7"),
    "screenconnect": runs(r"screenconnect", below="23.9.8", grade="E4"),
    "oracle-tns": settings.oracle,
    "ubnt-airos": settings.airos,
    "activemq": runs(r"activemq", below="5.15.16", grade="E4"),
    "xm-dvr": runs(r"uc-httpd", at_least="1.0", below="1.1"),
    # settings that a device shows
    "telnet": _telnet,
    "r-services": settings.r_services,
    "ftp-anon": listens("tcp/21", grade="E1"),
    "tftp": listens("udp/69", grade="E1"),
    "nfs-rpcbind": settings.nfs,
    "x11": settings.x11,
    "iscsi": settings.iscsi,
    "vnc-noauth": says("vnc.security", "none", on=("tcp/5900", "tcp/5901")),
    "realvnc411": runs(r"realvnc", at_least="4.1", below="4.1.2"),
    "pcanywhere": listens("tcp/5631", "udp/5632", "tcp/4899", grade="E1"),
    "redis-unauth": settings.redis,
    "docker-api": _docker,
    "adb-open": listens("tcp/5555", grade="E1"),
    "sslv2-3": says("tls.versions.accepted", "SSLv2", "SSLv3"),
    "snmp-public": says("snmp.sys_description"),
    "smart-install": settings.smart_install,
    "ipmi-2": listens("udp/623", "tcp/623", grade="E3"),
    "intel-amt": listens("tcp/16992", "tcp/16993", grade="E2"),
    "upnp-libupnp": listens("udp/1900", "tcp/1900", grade="E1"),
    "tr064-7547": listens("tcp/7547", grade="E2"),
    "sip-old": listens("udp/5060", "tcp/1720", kinds=_PHONES, grade="E1"),
    "printer-legacy": listens("tcp/23", "tcp/21", kinds=(Kind.PRINTER,), grade="E2"),
    "brother-pass": listens(*_WEB, "tcp/631", kinds=(Kind.PRINTER,), vendor="brother", grade="E2"),
    "printing-shellz": listens(
        *_WEB, "tcp/631", kinds=(Kind.PRINTER,), vendor=r"^hp$|hewlett", grade="E1"
    ),
    "hikvision": _camera_firmware("hikvision", "tcp/80", "tcp/8000", "tcp/554"),
    "dahua": _camera_firmware("dahua", "tcp/80", "tcp/37777"),
    # clinical and control protocols that have no lock
    "dicom-plain": listens("tcp/104", "tcp/11112", "tcp/4242"),
    "hl7-mllp": listens("tcp/2575", "tcp/6661", grade="E3"),
    "modbus": listens("tcp/502", grade="E3"),
    "s7comm": listens("tcp/102", kinds=(Kind.PLC, Kind.HMI, Kind.RTU), grade="E3"),
    "enip": listens("tcp/44818", grade="E3"),
    "bacnet": listens("udp/47808"),
    "niagara": listens("tcp/1911", "tcp/4911", grade="E2"),
    "unitronics": listens("tcp/20256", grade="E2"),
    "codesys": listens("tcp/2455", "tcp/1217", "tcp/11740", grade="E1"),
    "serial-servers": listens("tcp/4900", "udp/4800", "udp/30718", grade="E2"),
}  # fmt: skip
"""Exposure id -> how it is looked for."""
