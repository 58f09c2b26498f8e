"""The texts in Russian, a module for each part of the program."""

from __future__ import annotations

from types import MappingProxyType

from cloudstock.language import Catalogue
from cloudstock.language.russian import errors, terminal

# English text → Russian; where things are counted, the plural → the forms for 1, 2 and 5.
PARTS: tuple[Catalogue, ...] = (errors.MESSAGES, terminal.MESSAGES)

MESSAGES: Catalogue = MappingProxyType(
    {text: said for part in PARTS for text, said in part.items()}
)
