"""The Kubernetes manifest that the README shows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

README = Path(__file__).parent.parent / "README.md"


def documents() -> list[dict[str, Any]]:
    """Return its documents, in order."""
    blocks = re.findall(r"```yaml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (manifest,) = [block for block in blocks if "kind: CronJob" in block]
    return list(yaml.safe_load_all(manifest))


def of_kind(kind: str) -> dict[str, Any]:
    """Return the one document of a kind."""
    (document,) = [d for d in documents() if d["kind"] == kind]
    return document
