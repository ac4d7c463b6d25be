"""Who belongs to the fleet: codes that work once, certificates that change, trust that ends at once."""

from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest
from cryptography import x509

from scanner.errors import DataError, StoreError
from scanner.fleet import admit, authority
from scanner.fleet.post import Post


def enrol(door, code, csr):
    return door.execute("SELECT fleet.enrol(%s, %s)", (code, csr)).fetchone()[0]


def now():
    return datetime.now(UTC)


@pytest.fixture
def door(fleet):
    with fleet.enrolling() as one:
        yield one


def test_a_code_enrols_once_and_is_kept_nowhere(fleet, door):
    code = admit.invite(fleet.link, "left", "st-mary", ["st-mary-radiology"])
    first, second = (authority.ask().certificate.decode() for _ in range(2))

    assert ["left", "left"] == [enrol(door, code, first) for _ in range(2)]
    with pytest.raises(
        psycopg.errors.InvalidAuthorizationSpecification, match="unknown, used or out of date"
    ):
        enrol(door, code, second)
    assert [(1,)] == fleet.rows("SELECT count(*) FROM fleet.request")
    assert not [row for row in fleet.rows("SELECT * FROM fleet.code c, fleet.request r") if code in str(row)]


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE fleet.code SET expires = clock_timestamp() - interval '1 second'",
        "UPDATE fleet.code SET used = clock_timestamp()",
        "DELETE FROM fleet.code",
    ],
)
def test_a_code_that_is_out_of_date_used_or_unknown_enrols_nobody(fleet, door, spoil):
    code = admit.invite(fleet.link, "left", "st-mary", [])
    fleet.link.execute(spoil)
    with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification):
        enrol(door, code, authority.ask().certificate.decode())
    assert [(None,)] == door.execute("SELECT fleet.enrolled(%s)", (code,)).fetchall()


def test_a_second_invitation_ends_the_first(fleet, door):
    old = admit.invite(fleet.link, "left", "st-mary", [])
    new = admit.invite(fleet.link, "left", "st-mary", ["st-mary-office"])
    with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification):
        enrol(door, old, "x")

    assert "left" == enrol(door, new, "x")
    assert [("st-mary-office",)] == fleet.rows("SELECT segment FROM fleet.serves")


def test_what_is_no_request_is_refused_with_the_reason_and_holds_up_nobody(fleet, door):
    bad, good = (admit.invite(fleet.link, name, "st-mary", []) for name in ("left", "right"))
    enrol(door, bad, "hello")
    enrol(door, good, authority.ask().certificate.decode())

    assert [2, 0] == [admit.answer(fleet.link, fleet.ca, now()) for _ in range(2)]
    assert [("a request for a certificate cannot be read", True), (None, False)] == fleet.rows(
        "SELECT refused, certificate IS NULL FROM fleet.request ORDER BY id"
    )


def test_a_sensor_changes_its_certificate_and_the_old_one_can_be_retired(fleet):
    one = fleet.enrol("left")
    asked = authority.ask()
    number = one.post.rotate(asked.certificate.decode())
    assert one.post.rotated(number) is None
    admit.answer(fleet.link, fleet.ca, now())
    certificate = one.post.rotated(number)
    fleet.keep(f"{one.stem}-2", asked.key, certificate)
    new = Post(fleet.open(one.role, f"{one.stem}-2"), lambda: 0.0)
    assert ["left", "left"] == [post.beat("x").sensor for post in (one.post, new)]

    admit.retire(fleet.link, x509.load_pem_x509_certificate(one.certificate.encode()).serial_number, now())

    assert "left" == new.beat("x").sensor
    with pytest.raises(StoreError, match="not enrolled, or its certificate was revoked"):
        one.post.beat("x")


def test_requests_for_certificates_are_bounded_and_one_s_own(fleet):
    left, right = fleet.enrol("left"), fleet.enrol("right")
    numbers = [left.post.rotate("x") for _ in range(4)]
    with pytest.raises(StoreError, match="not answered"):
        left.post.rotate("x")
    fleet.link.execute("UPDATE fleet.request SET certificate = 'secret' WHERE id = %s", (numbers[0],))

    assert ("secret", None) == (left.post.rotated(numbers[0]), right.post.rotated(numbers[0]))


def test_a_revoked_sensor_is_out_at_once_and_cannot_come_back(fleet):
    one, other = fleet.enrol("left"), fleet.enrol("right")
    one.post.push(uuid4(), b"seen before")
    code = admit.invite(fleet.link, "left", "st-mary", [])

    admit.revoke(fleet.link, "left", now())

    with pytest.raises(StoreError):
        one.post.beat("x")
    with pytest.raises(StoreError):
        fleet.open(one.role, one.stem)
    with fleet.enrolling() as door, pytest.raises(psycopg.errors.InvalidAuthorizationSpecification):
        enrol(door, code, "x")
    assert "right" == other.post.beat("x").sensor
    assert [(b"seen before",)] == fleet.rows("SELECT body FROM fleet.inbox")


def test_the_functions_refuse_a_revoked_certificate_even_where_the_log_in_still_works(fleet):
    one = fleet.enrol("left")
    fleet.link.execute("UPDATE fleet.certificate SET revoked = clock_timestamp()")
    with pytest.raises(StoreError, match="its certificate was revoked"):
        one.post.beat("x")


@pytest.mark.parametrize("name", ["", "Left", "a b", "a;drop", "x" * 42, "-a"])
def test_a_name_that_is_none_is_refused(fleet, name):
    with pytest.raises(DataError, match="no name for a site or sensor"):
        admit.invite(fleet.link, name, "st-mary", [])


def test_a_sensor_keeps_to_its_site(fleet):
    admit.settle(fleet.link, "st-jude", "eng-1", [])
    admit.invite(fleet.link, "left", "st-mary", [])
    with pytest.raises(DataError, match="keeps to one site"):
        admit.invite(fleet.link, "left", "st-jude", [])


def test_a_sensor_that_is_unknown_cannot_be_revoked(fleet):
    with pytest.raises(DataError, match="no such sensor"):
        admit.revoke(fleet.link, "nobody", now())
