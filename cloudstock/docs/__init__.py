"""The manual, a page for each topic: `cloudstock help TOPIC` shows it.

English pages lie here, those of another language in a folder of its name. The page to start with is
the README, which the package carries in its metadata.
"""

from __future__ import annotations

from importlib.metadata import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable

START = "start"


def topics() -> list[str]:
    """Return what there is a page of, the one to start with first."""
    return [START, *sorted(_pages(files(__name__)))]


def translated(language: str) -> set[str]:
    """Return the topics that have a page in a language other than English."""
    folder = files(__name__).joinpath(language)
    return _pages(folder) if folder.is_dir() else set()


def page(topic: str, language: str = "en") -> str:
    """Return a topic's page as Markdown, in English where there is none in that language.

    The topic must be there.
    """
    if topic in translated(language):
        return _text(files(__name__).joinpath(language, f"{topic}.md"))
    if topic == START:
        return str(metadata("cloudstock").json["description"])
    return _text(files(__name__).joinpath(f"{topic}.md"))


def title(topic: str, language: str = "en") -> str:
    """Return the heading of a topic's page."""
    return page(topic, language).partition("\n")[0].removeprefix("# ")


def _pages(folder: Traversable) -> set[str]:
    return {f.name.removesuffix(".md") for f in folder.iterdir() if f.name.endswith(".md")}


def _text(file: Traversable) -> str:
    return file.read_text(encoding="utf-8")
