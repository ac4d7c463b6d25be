"""Each product is counted as its maker counts."""

import pytest

from scanner.knowledge.order import Scheme
from scanner.knowledge.schemes import scheme


@pytest.mark.parametrize(
    ("product", "want"),
    [
        ("cisco:ios", Scheme.IOS),
        ("openssl:openssl", Scheme.OPENSSL),
        ("deb:openssh", Scheme.DEB),
        ("f5:nginx", Scheme.PLAIN),
        ("acme:never-heard-of", Scheme.PLAIN),
    ],
)
def test_a_product_has_its_makers_scheme_and_the_plain_one_otherwise(product, want):
    assert want is scheme(product)


def test_a_package_is_counted_as_debian_does_whatever_its_name():
    assert Scheme.DEB is scheme("deb:cisco:ios")
