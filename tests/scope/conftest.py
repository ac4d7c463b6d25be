from datetime import UTC, datetime

import msgspec
import pytest

from scanner.model.kinds import Kind
from scanner.model.net import Address
from scanner.observe.packets import questions
from scanner.scope.approval import granted
from scanner.scope.file import Authority, Known, Signer
from scanner.scope.parse import parse

TEXT = """
[engagement]
name = "St Example spring audit"
owner = "St Example Hospital"
authorized_by = "J. Doe, CISO"
contact = "+44 1"
reference = "CHG-1234"
valid_from = 2026-12-01
valid_until = 2026-12-31
sector = "hospital"

[flags]
snmp_public = false

[[network]]
cidr = "10.20.0.0/24"
zone = "radiology"
profile = "clinical"
criticality = 30
windows = ["Sat 22:00-04:00 Europe/London"]
vlan = 120

[[network]]
cidr = "10.20.1.0/24"
zone = "office"
profile = "office"

[[network]]
cidr = "10.20.1.8/32"
zone = "vault"
profile = "passive"

[[exclude]]
mac = "00:09:fb:00:00:00/24"
reason = "ventilators, never"

[[exclude]]
address = "10.20.1.66"
reason = "the director's"

[[critical]]
name = "PACS"
address = "10.20.0.5"
weight = 80

[[segment]]
from = "office"
to = "radiology"
allow = ["tcp/443", "tcp/104"]
source = "declared"
"""


@pytest.fixture
def text():
    return TEXT


@pytest.fixture
def scope():
    return signed(parse(TEXT, "scope.toml"))


def signed(scope):
    """As if two people had signed it, a third had approved its plan, and the log knew every host of its wards."""
    signers = tuple(Signer(principal=name, key=f"SHA256:{name}") for name in ("a", "b"))
    approval = granted(scope, questions(scope), "C. Board", datetime(2026, 11, 1, tzinfo=UTC))
    known = tuple(
        Known(kind=Kind.MODALITY, address=Address(str(host)))
        for network in scope.networks
        if network.needs_signatures
        for host in network.cidr.hosts()
    )
    authority = Authority(signers=signers, approval=approval)
    return msgspec.structs.replace(scope, known=scope.known + known, authority=authority)
