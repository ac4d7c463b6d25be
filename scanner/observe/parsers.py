"""Every passive parser that is shipped: each is one module of `scanner.observe.passive`."""

import importlib
import pkgutil
from functools import cache

from scanner.observe import passive
from scanner.observe.dissect import Parser


@cache
def load_parsers() -> tuple[Parser, ...]:
    """Every passive parser, in order of name: each is one module of `scanner.observe.passive`."""
    found = [
        importlib.import_module(f"{passive.__name__}.{module.name}").PARSER
        for module in pkgutil.iter_modules(passive.__path__)
    ]
    return tuple(sorted(found, key=lambda one: str(one.name)))
