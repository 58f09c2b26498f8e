"""The Kubernetes manifest that comes with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

import cloudstock

MANIFEST = Path(cloudstock.__file__).parent / "deploy" / "kubernetes.yaml"


def documents() -> list[dict[str, Any]]:
    """Return its documents, in order."""
    return list(yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8")))


def of_kind(kind: str) -> dict[str, Any]:
    """Return the one document of a kind."""
    (document,) = [d for d in documents() if d["kind"] == kind]
    return document
