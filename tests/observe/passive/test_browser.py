from scanner.observe.passive.browser import PARSER


def announcement(command, name, version, flags, comment=b""):
    slot = bytes(80) + b"\\MAILSLOT\\BROWSE\0"
    head = bytes([command, 0]) + (60000).to_bytes(4, "little") + name.ljust(16, b"\0")
    return (
        slot
        + head
        + bytes(version)
        + flags.to_bytes(4, "little")
        + bytes.fromhex("0f01 55aa")
        + comment
        + b"\0"
    )


def test_a_host_tells_its_name_version_roles_and_comment(read):
    data = announcement(1, b"BASEMENT", (5, 1), 0x00001003, b"old laptop")

    [fact] = read(PARSER, data, sport=138, dport=138)

    assert fact.value == {
        "name": "BASEMENT",
        "version": "5.1",
        "roles": ["workstation", "server", "nt-workstation"],
        "comment": "old laptop",
    }


def test_a_workgroup_is_no_host(read):
    assert [] == read(PARSER, announcement(0x0C, b"WORKGROUP", (3, 10), 0x80001000))
    assert [] == read(PARSER, announcement(1, b"", (5, 1), 0))
    assert [] == read(PARSER, b"\\MAILSLOT\\NETLOGON\0" + bytes(64))
    assert [] == read(PARSER, announcement(1, b"BASEMENT", (5, 1), 0)[:120])
