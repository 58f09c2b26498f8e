"""MoySklad, which keeps stock and sells nothing: the table of stock that it imports."""

from __future__ import annotations

from cloudstock.marketplaces.templates import Field, Template

NAME = "moysklad"
TEMPLATE = Template(
    "Остатки",
    (("Артикул", "Наименование", "Остаток"),),
    (Field.ARTICLE, Field.NAME, Field.QUANTITY),
)
