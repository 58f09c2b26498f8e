"""The template of stock of Ozon's cabinet (Prices and stock -> Update by file)."""

from __future__ import annotations

from cloudstock.marketplaces.templates import Field, Template

TEMPLATE = Template(
    "Остатки на складе",
    (
        (
            "Название склада (идентификатор склада)",
            "Артикул",
            "Название товара",
            "Доступно на складе, шт",
        ),
    ),
    (Field.WAREHOUSE, Field.ARTICLE, Field.NAME, Field.QUANTITY),
)
