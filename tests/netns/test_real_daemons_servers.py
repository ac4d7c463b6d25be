"""Our probes meet Debian's mail, database, directory and port mapper servers, in namespaces without a way out."""

import pytest

from .real import facts, need, only, upstream  # noqa: TID252 - shared by the tests of real daemons

pytestmark = only


def seen(daemon, profile="office"):
    need(daemon.split()[0])
    return dict(facts("daemons_servers.py", daemon, profile))


@pytest.mark.parametrize(
    ("daemon", "field", "product", "package"),
    [
        ("dovecot", "imap4.banner", "Dovecot", None),
        ("dovecot by POP3", "pop3.banner", "Dovecot", None),
        ("mariadbd", "mysql.banners", "MariaDB", "mariadb-server-core"),
        ("memcached", "memcached.version", "Memcached", "memcached"),
        ("postgres", "postgres.ssl", "PostgreSQL", None),
        ("slapd", "ldap.search_result", "OpenLDAP", None),
    ],
)
def test_product_and_where_it_is_said_version_are_identified(daemon, field, product, package):
    from scanner.identify.claims import identify
    from scanner.knowledge.base import open_base

    got = seen(daemon)

    said = identify(field, got[field], open_base())[1]
    assert product == said["service.product"]
    assert (upstream(package) if package else None) == said.get("service.version")
    assert "ok" == got["probe.outcome"]["outcome"]


def test_the_port_mapper_lists_itself():
    assert {"programs": ["portmapper"], "versions": ["portmapper 2,3,4"]} == seen("rpcbind")[
        "rpcbind.programs"
    ]


def test_an_endpoint_mapper_that_is_bound_to_tells_its_names_by_ntlm():
    got = seen("samba-dcerpcd")

    assert {"accepted": ["ndr", "features"]} == got["msrpc.bind"]
    assert "NAS-DEB12" == got["ntlm.names"]["netbios_name"]
    assert "ok" == got["probe.outcome"]["outcome"]


@pytest.mark.parametrize(
    ("daemon", "want"), [("mosquitto open to all", "open"), ("mosquitto", "refused: not authorised")]
)
def test_a_broker_in_a_lab_says_whether_it_takes_anybody(daemon, want):
    got = seen(daemon, "lab")

    assert want == got["mqtt.access"]
    assert "ok" == got["probe.outcome"]["outcome"]
