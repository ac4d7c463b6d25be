"""One connection where care is needed, two where it is allowed, and no account on either."""

from pathlib import Path

import pytest

from scanner.lab import row, talk
from scanner.lab.talk import End, Hear, Say
from scanner.model.kinds import Outcome, Profile
from scanner.observe.probes import smb

SMB = Path(__file__).parents[3] / "fixtures" / "smb"
ANY = Hear(row.pattern("*", {}))


def load(name, **names):
    return talk.load(SMB / f"{name}.talk", names)


def server(*scripts):
    return talk.Talk(name="x", origin="synthetic", port="tcp/445", connections=scripts, expect=())


def said(name):
    """What the device of a fixture says, message by message, over all its scripts."""
    return [step for script in load(name).connections for step in script if isinstance(step, Say)]


@pytest.mark.parametrize("path", sorted(SMB.glob("*.talk")), ids=lambda path: path.stem)
def test_one_connection_tells_the_build_or_the_names(path, talk_conn, gather):
    conn = talk_conn(talk.load(path), connections=smb.PROBE.connections[Profile.CLINICAL])

    got = dict(gather(smb.talk(conn)))

    assert 1 == len(conn.opened)
    assert got["ntlm.names"]["netbios_name"]
    assert conn.unforeseen is None


@pytest.mark.parametrize("path", sorted(SMB.glob("*.talk")), ids=lambda path: path.stem)
def test_no_message_answers_the_challenge(path, talk_conn, gather):
    conn = talk_conn(talk.load(path), connections=2)

    gather(smb.talk(conn))

    sent = b"".join(each.sent for each in conn.opened)
    # [MS-NLMP] 2.2.1.3: type 3 would be the login
    assert b"NTLMSSP\0\3" not in sent
    assert all(1 >= each.sent.count(b"NTLMSSP\0\1") for each in conn.opened)


@pytest.mark.parametrize(
    ("profile", "most"),
    [(Profile.CLINICAL, 1), (Profile.OT, 1), (Profile.OFFICE, 2), (Profile.LAB, 2), (Profile.BENCH, 2)],
)
def test_it_uses_no_more_connections_than_it_may(profile, most, talk_conn, gather):
    conn = talk_conn(load("windows-10"), connections=smb.PROBE.connections[profile])

    gather(smb.talk(conn))

    assert most == len(conn.opened)


def test_passive_networks_are_not_asked():
    assert Profile.PASSIVE not in smb.PROBE.connections


def test_what_knows_smb1_only_is_asked_on_one_connection(talk_conn, gather):
    conn = talk_conn(load("windows-xp-embedded"), connections=2)

    got = dict(gather(smb.talk(conn)))

    assert 1 == len(conn.opened)
    assert ("yes", "5.1.2600") == (got["smb1.accepted"], got["ntlm.version"])


def test_without_extended_security_no_session_is_asked_for(talk_conn, gather):
    conn = talk_conn(load("windows-nt4"), connections=2)

    gather(smb.talk(conn))

    assert 1 == conn.sent.count(b"\xffSMB")


@pytest.mark.parametrize("ending", ["close", "reset"])
def test_a_server_that_hangs_up_on_smb1_is_asked_for_smb2_alone(ending, talk_conn, gather):
    hello, setup = said("windows-10")[1], said("windows-10")[2]
    smb2_only = (Hear(row.pattern("*4 fe534d42 *8 0000 *", {})), hello, ANY, setup)
    conn = talk_conn(server((Hear(row.pattern("*4 ff534d42 *", {})), End(ending)), smb2_only), connections=2)

    got = dict(gather(smb.talk(conn)))

    assert ("no", "3.1.1") == (got["smb1.accepted"], got["smb2.dialect"])
    assert got["ntlm.version"].startswith("10.0.")


def test_a_silent_server_is_not_asked_again(talk_conn, gather):
    conn = talk_conn(server((ANY, End("silence"))), connections=2)

    assert [] == gather(smb.talk(conn))
    assert (1, Outcome.SILENT) == (len(conn.opened), conn.outcome)


def test_silence_about_smb1_is_no_refusal(talk_conn, gather):
    first, second = load("windows-10").connections
    conn = talk_conn(server(first, (second[0], End("silence"))), connections=2)

    assert "smb1.accepted" not in dict(gather(smb.talk(conn)))


def test_an_answer_in_smb2_to_smb1_alone_is_no_refusal(talk_conn, gather):
    first, second = load("windows-10").connections
    conn = talk_conn(server(first, (second[0], said("windows-10")[0])), connections=2)

    assert "smb1.accepted" not in dict(gather(smb.talk(conn)))


def test_no_dialect_that_will_do_is_a_refusal(talk_conn, gather):
    refusal = Say(row.data("long[ ff534d42 72 00000000 98 01c8" + " 00" * 20 + " 01 ffff 0000 ]", {}))
    conn = talk_conn(server((ANY, refusal)), connections=2)

    assert [("smb1.accepted", "no")] == gather(smb.talk(conn))


def test_a_dialect_that_is_never_settled_tells_nothing(talk_conn, gather):
    conn = talk_conn(server((ANY, said("windows-10")[0], ANY, End("close"))), connections=1)

    assert [] == gather(smb.talk(conn))


def test_a_negotiation_stands_even_when_the_challenge_does_not_come(talk_conn, gather):
    hello = said("windows-10")
    conn = talk_conn(server((ANY, hello[0], ANY, hello[1], ANY, End("reset"))), connections=1)

    got = dict(gather(smb.talk(conn)))

    assert "3.1.1" == got["smb2.dialect"]
    assert "ntlm.version" not in got


def test_smb1_stands_even_when_the_session_is_refused(talk_conn, gather):
    conn = talk_conn(server((ANY, said("windows-xp-embedded")[0], ANY, End("close"))), connections=1)

    assert [("smb1.accepted", "yes")] == gather(smb.talk(conn))


def test_a_server_that_hangs_up_on_everything_tells_nothing(talk_conn, gather):
    conn = talk_conn(server((ANY, End("close"))), connections=2)

    assert [] == gather(smb.talk(conn))
    assert 2 == len(conn.opened)


def test_an_empty_name_is_no_fact(talk_conn, gather):
    setup = (
        "long[ ff534d42 73 160000c0 98 01c8"
        + " 00" * 20
        + ' 04 ff 00 0000 0000 0000 le[ 00 u"OS" 0000 0000 ] ]'
    )
    conn = talk_conn(
        server((ANY, said("windows-xp-embedded")[0], ANY, Say(row.data(setup, {})))), connections=1
    )

    assert [("smb1.accepted", "yes"), ("smb.native_os", "OS")] == gather(smb.talk(conn))


def test_after_an_answer_that_is_no_smb_there_is_no_second_guess(talk_conn, gather):
    conn = talk_conn(server((ANY, Say(b"HTTP/1.0 400 Bad Request\r\n"), End("close"))), connections=2)

    assert [] == gather(smb.talk(conn))
    assert 1 == len(conn.opened)


def test_garbage_in_answer_to_smb1_alone_is_no_refusal(talk_conn, gather):
    first, second = load("windows-10").connections
    conn = talk_conn(
        server(first, (second[0], Say(b"HTTP/1.0 400 Bad Request\r\n"), End("close"))), connections=2
    )

    assert "smb1.accepted" not in dict(gather(smb.talk(conn)))
