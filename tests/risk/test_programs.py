"""Programs and firmware with the exact version that holes are looked up by."""

from scanner.model.device import Claim
from scanner.model.observation import evidence_id
from scanner.risk.programs import programs


def claims(make, field, port="tcp/22", **values):
    """Claims out of one observation."""
    seen = make.seen(field, repr(values), port)
    return [
        Claim(
            attr=attr.replace("_", "."), value=value, confidence=0.9, rule="r", seen=seen, evidence=evidence_id(seen)
        )
        for attr, value in values.items()
    ]  # fmt: skip


def device(make, *groups, **more):
    import msgspec

    return msgspec.structs.replace(
        make.device("d", "a", **more), facts=tuple(one for group in groups for one in group)
    )


def test_a_service_and_its_banner_are_one_program_with_its_package(make):
    banner = claims(
        make,
        "ssh.banner",
        service_product="OpenSSH",
        service_version="7.4p1",
        service_package="1:7.4p1-10+deb9u5",
    )
    it = device(make, banner, ports=("tcp/22",), products={"tcp/22": ("OpenSSH", "7.4p1")})

    (got,) = programs(it, make.book())

    assert ("openbsd:openssh", "7.4p1", "1:7.4p1-10+deb9u5", ("tcp/22",)) == (
        got.product,
        got.version,
        got.package,
        got.ports,
    )
    assert {"ev-tcp/22", banner[0].evidence} == set(got.evidence)


def test_firmware_is_a_program_without_a_port(make):
    it = device(make, claims(make, "mndp.version", os_product="RouterOS", os_version="6.42rc27"))

    (got,) = programs(it, make.book())

    assert ("mikrotik:routeros", "RouterOS", "6.42rc27", None, ()) == (
        got.product,
        got.name,
        got.version,
        got.package,
        got.ports,
    )


def test_a_cpe_names_the_product_and_the_name_for_people(make):
    it = device(make, claims(make, "x", service_cpe23="cpe", service_version="1.0"))
    book = make.book(products={"cpe": "acme:web_server"})

    (got,) = programs(it, book)

    assert ("acme:web_server", "web server") == (got.product, got.name)


def test_a_product_without_a_version_or_unknown_to_every_table_is_left_out(make):
    it = device(
        make,
        claims(make, "a", service_product="OpenSSH"),
        claims(make, "b", service_product="Frobnicator", service_version="1"),
        claims(make, "c", service_version="1"),
        claims(make, "d", os_version="1"),
        ports=("tcp/22", "tcp/80"),
        products={"tcp/22": ("OpenSSH", ""), "tcp/80": ("Frobnicator", "2")},
    )

    assert () == programs(it, make.book())


def test_a_version_and_a_product_of_two_observations_are_not_joined(make):
    it = device(make, claims(make, "a", os_product="RouterOS"), claims(make, "b", os_version="6.40"))

    assert () == programs(it, make.book())
