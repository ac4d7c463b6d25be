"""Build hook: puts kb.sqlite, built out of the reviewable facts, into the wheel in place of the tables."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class KnowledgeHook(BuildHookInterface):  # type: ignore[misc]  # hatchling's base class is untyped here
    """Builds the knowledge base for a wheel; an editable install builds its own on first use."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the built base to the wheel; DataError stops the build and names table and line."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            # Imports nothing but the standard library: the build runs in an empty environment.
            from scanner.knowledge.build import build
        finally:
            sys.path.remove(self.root)
        self._folder = Path(tempfile.mkdtemp(prefix="stalehost-kb-"))
        target = self._folder / "kb.sqlite"
        build([Path(self.root) / "scanner" / "knowledge" / "facts"], target)
        build_data["force_include"][str(target)] = "scanner/knowledge/kb.sqlite"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002  hatchling's signature
        """Remove what initialize made."""
        if version != "editable":
            shutil.rmtree(self._folder)
