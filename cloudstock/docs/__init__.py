"""The manual, a page for each topic: `cloudstock help TOPIC` shows it."""

from __future__ import annotations

from importlib.resources import files


def topics() -> list[str]:
    """Return what there is a page of, in order."""
    names = (file.name for file in files(__name__).iterdir())
    return sorted(name.removesuffix(".md") for name in names if name.endswith(".md"))


def page(topic: str) -> str:
    """Return a topic's page as Markdown; the topic must be there."""
    return files(__name__).joinpath(f"{topic}.md").read_text(encoding="utf-8")
