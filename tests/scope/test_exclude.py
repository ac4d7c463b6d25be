import pytest

from scanner.errors import ScopeError
from scanner.scope.exclude import avoiding


def test_ranges_to_avoid_are_excluded_and_nothing_else_changes(scope):
    more = avoiding(scope, ["10.20.1.7/32"])
    assert "10.20.1.7/32" == str(more.exclusions[-1].cidr)
    assert (scope.exclusions, scope.networks) == (more.exclusions[:-1], more.networks)


def test_what_is_no_range_is_refused(scope):
    with pytest.raises(ScopeError, match="no range"):
        avoiding(scope, ["all"])
