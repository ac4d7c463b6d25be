"""The shipped knowledge base."""

import pytest

from scanner.knowledge.base import open_base


@pytest.fixture(scope="session")
def shipped():
    return open_base()
