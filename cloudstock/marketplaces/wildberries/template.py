"""The template of stock of Wildberries' cabinet (Marketplace -> Stock -> the warehouse)."""

from __future__ import annotations

from cloudstock.marketplaces.templates import Field, Template

TEMPLATE = Template("Остатки", (("Баркод", "Количество"),), (Field.BARCODE, Field.QUANTITY))
