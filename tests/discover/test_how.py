import pytest

from scanner.discover.how import there
from scanner.wire.pipe import Heard


@pytest.mark.parametrize(
    ("state", "by", "want"),
    [
        ("there", None, True), ("open", None, True), ("closed", None, True), ("answered", None, True),
        ("unreachable", "10.0.0.3", True), ("unreachable", "10.0.0.254", False), ("unreachable", None, True),
    ],
)  # fmt: skip
def test_an_error_that_a_router_sends_proves_nobody(state, by, want):
    assert want is there(Heard(address="10.0.0.3", state=state, by=by))
