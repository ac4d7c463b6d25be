"""What offers date."""

from datetime import date

import pytest

from scanner.age import offers


@pytest.mark.parametrize(
    ("offered", "program", "day"),
    [
        (["curve25519-sha256@libssh.org"], "openssh", date(2014, 1, 30)),
        (["curve25519-sha256@libssh.org"], "dropbear", date(2013, 12, 3)),
        (["curve25519-sha256@libssh.org"], "", None),
        (["curve25519-sha256@libssh.org", "sntrup761x25519-sha512@openssh.com"], "openssh", date(2021, 3, 3)),
        (["rsa-sha2-256"], "dropbear", date(2020, 6, 15)),
        (["rsa-sha2-256"], "openssh", date(2016, 2, 29)),
        (["kex-strict-s-v00@openssh.com"], "", date(2023, 12, 18)),
        (["mlkem768x25519-sha256"], "dropbear", None),
        (["made-up"], "openssh", None),
        ([], "openssh", None),
    ],
)
def test_an_offer_is_no_older_than_its_first_release(offered, program, day):
    got = offers.ssh_since(offered, program)

    assert day == (got.day if got else None)


def test_every_date_says_where_it_is_from():
    tables = [
        *offers.SSH.values(),
        *((one,) for one in (*offers.TLS.values(), *offers.TLS_CEILINGS.values())),
    ]
    tables += [(one,) for one in offers.SMB.values()]

    assert all(len(one.release) >= 8 for row in tables for one in row)
    assert all(date(1995, 1, 1) < one.day < date(2026, 1, 1) for row in tables for one in row)
