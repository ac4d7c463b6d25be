"""The player chooses a script as a device chooses a code path: by turn, or by what it hears."""

import pytest

from scanner.lab import talk
from scanner.lab.player import Player
from scanner.lab.talk import End, Say

HEAD = "# origin = synthetic\n@ tcp/25\n"

TURNS = '< "first"\n--\n< "second"'
CLIENT_FIRST = '> "A" *\n< "a"\n--\n> "B" *\n< "b"'
FORK = '< "hi"\n> "A" *\n< "a"\n! close\n--\n< "hi"\n> "B" *\n< "b"\n! close'


def player(text, turn=0):
    return Player(talk.parse(HEAD + text, "x.talk", {}), turn)


def said(acts):
    return [act.data for act in acts if isinstance(act, Say)]


@pytest.mark.parametrize(("turn", "want"), [(0, b"first"), (1, b"second"), (2, b"first")])
def test_scripts_that_begin_differently_are_played_in_turn(turn, want):
    assert [want] == said(player(TURNS, turn).start())


@pytest.mark.parametrize(("heard", "want"), [(b"Axx", b"a"), (b"Bxx", b"b")])
def test_where_we_speak_first_what_is_heard_chooses(heard, want):
    one = player(CLIENT_FIRST)

    assert [] == one.start()
    assert [want] == said(one.hear(heard))
    assert one.ended


@pytest.mark.parametrize("turn", [0, 1])
@pytest.mark.parametrize(("heard", "want"), [(b"Axx", b"a"), (b"Bxx", b"b")])
def test_scripts_that_begin_alike_are_chosen_by_what_comes_after(heard, want, turn):
    one = player(FORK, turn)

    assert [b"hi"] == said(one.start())
    assert [want] == said(one.hear(heard))
    assert one.ended


def test_what_no_script_foresees_is_kept_and_hung_up_on():
    one = player(FORK)
    one.start()

    assert [] == one.hear(b"C")
    assert [End("close")] == one.give_up()
    assert b"C" == one.unforeseen


def test_scripts_that_are_the_greeting_alone_are_played_in_turn():
    one = player('< "hi"\n--\n< "hi"')

    assert [b"hi"] == said(one.start())
    assert one.ended
    assert [] == one.hear(b"x")


def test_a_conversation_that_is_over_is_not_given_up_on():
    one = player('< "hi"')
    one.start()

    assert [] == one.give_up()
    assert one.unforeseen is None
