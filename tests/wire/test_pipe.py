import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import DataError
from scanner.model.net import Address, Mac
from scanner.wire import pipe

REQUESTS = [
    pipe.Hello(scope="x", where="scope.toml"),
    pipe.Listen(interface="v0", seconds=3, limit=10, arp_only=True),
    pipe.Ask(
        method=pipe.Method.UDP,
        interface="v0",
        source="10.0.0.1",
        targets=("10.0.0.0/24", "10.1.0.7"),
        ports=(161,),
        payloads={161: b"\x00"},
        cards={Address("10.0.0.7"): Mac("02:00:00:00:00:01")},
        rate=5,
        tries=2,
        seed=1,
        wait=1,
    ),
    pipe.Pace(rate=3),
    pipe.Stop(),
]
ANSWERS = [
    pipe.Ready(),
    pipe.Batch(heard=(pipe.Heard(address=Address("10.0.0.2"), port=80, state="open", ttl=64),)),
    pipe.Progress(asked=1, total=2),
    pipe.Frame(at=1.5, data=b"\x00\xff"),
    pipe.Done(sent=1, refused=2),
    pipe.Failed(kind="host", text="no"),
]


@pytest.mark.parametrize(
    ("read", "message"), [(pipe.request, m) for m in REQUESTS] + [(pipe.answer, m) for m in ANSWERS]
)
def test_a_message_reads_back(read, message):
    packed = pipe.pack(message)
    assert len(packed) - 4 == pipe.length(packed[:4])
    assert message == read(packed[4:])


@given(st.binary(max_size=200))
def test_anything_else_is_a_clear_error(data):
    for read in (pipe.request, pipe.answer):
        try:
            read(data)
        except DataError as error:
            assert "raw helper" in str(error)


def test_a_length_out_of_all_reason_is_refused():
    with pytest.raises(DataError, match="out of step"):
        pipe.length(b"\xff\xff\xff\xff")
