"""Which maker counts how: the scheme of each product whose versions are not in the plain order."""

from collections.abc import Mapping
from typing import Final

from scanner.knowledge.order import Scheme

PACKAGE: Final = "deb:"
"""`deb:openssh` names a Debian or Ubuntu source package rather than a product."""

_PRODUCTS: Final[Mapping[str, Scheme]] = {
    "apache:tomcat": Scheme.TOMCAT,
    "cisco:ios": Scheme.IOS,
    "fortinet:fortios": Scheme.FORTIOS,
    "fortinet:fortiproxy": Scheme.FORTIOS,
    "isc:bind": Scheme.BIND,
    "juniper:junos": Scheme.JUNOS,
    "microsoft:exchange_server": Scheme.BUILD,
    "microsoft:sql_server": Scheme.BUILD,
    "microsoft:windows": Scheme.BUILD,
    "mikrotik:routeros": Scheme.ROUTEROS,
    "openbsd:openssh": Scheme.OPENSSH,
    "openssl:openssl": Scheme.OPENSSL,
    "paloaltonetworks:pan-os": Scheme.PANOS,
    "samba:samba": Scheme.SAMBA,
}


def scheme(product: str) -> Scheme:
    """How the versions of a product (`vendor:product`, `deb:package`) are ordered."""
    if product.startswith(PACKAGE):
        return Scheme.DEB
    return _PRODUCTS.get(product, Scheme.PLAIN)
