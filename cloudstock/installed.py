"""How this program was installed: whoever lacks an optional part is told how it is added there."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from shlex import join
from typing import Any
from urllib.parse import unquote, urlsplit

# What is imported of each optional part, as pyproject.toml names it.
EXTRAS = {
    "notify": ("apprise",),
    "sandbox": ("starlette", "uvicorn"),
    "sheets": ("openpyxl", "xlrd", "defusedxml"),
    "web": ("starlette", "uvicorn", "jinja2"),
}


def lacking(extra: str) -> list[str]:
    """Return which modules of an optional part are not installed."""
    return [name for name in EXTRAS[extra] if find_spec(name) is None]


def how_to_add(extra: str) -> str:
    """Return the command line that adds an optional part to what is installed here."""
    try:
        package = distribution("cloudstock")
        installer = (package.read_text("INSTALLER") or "").strip()
        origin = json.loads(package.read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, OSError, ValueError):
        installer, origin = "", {}
    # Both install anew, so what is there already is named as well.
    extras = sorted({extra} | {name for name in EXTRAS if not lacking(name)})
    return line(Path(sys.prefix), installer, origin, extra=extra, extras=extras)


def line(
    prefix: Path, installer: str, origin: dict[str, Any], *, extra: str, extras: Iterable[str]
) -> str:
    """Return the command line for an environment.

    `installer`: who wrote it there; `origin`: direct_url.json (PEP 610), {} for an index.
    """
    whole = _requirement(origin, ",".join(extras))
    # The package stays as it is, wherever it came from.
    added = f"cloudstock[{extra}]"
    if (prefix / "uv-receipt.toml").exists():
        words = ["uv", "tool", "install", "--reinstall", whole]
    elif (prefix / "pipx_metadata.json").exists():
        words = ["pipx", "install", "--force", whole]
    elif installer == "uv":
        words = ["uv", "pip", "install", "--python", sys.executable, added]
    else:
        words = [sys.executable, "-m", "pip", "install", added]
    return join(words)


def _requirement(origin: dict[str, Any], extras: str) -> str:
    url = str(origin.get("url", ""))
    if url.startswith("file:"):
        path = Path(unquote(urlsplit(url).path))
        return f"{path}[{extras}]" if path.exists() else f"cloudstock[{extras}]"
    if "vcs_info" in origin:
        version = origin["vcs_info"]
        return f"cloudstock[{extras}] @ {version['vcs']}+{url}@{version['commit_id']}"
    return f"cloudstock[{extras}]{f' @ {url}' if url else ''}"
