"""Which texts of Wildberries' answers a record keeps; what is not here is replaced.

Left out on purpose: names of warehouses and sellers, brands (often somebody's name), comments,
stickers and tracking numbers, cities and offices.

Source: the seller API's OpenAPI (dev.wildberries.ru), 2026-10.
"""

from __future__ import annotations

from cloudstock.marketplaces.anonymous import Kept

KEPT = Kept.of(
    ids="""
        article barcode groupID groupId id next nmUUID orderID orderId rid skus sku srid supplyID
        supplyId techSize trashedAt updatedAt vendorCode wbSize
        """,
    words="""
        Status cancelType cargoType code crossBorderType dateFrom dateTo deliveryType level
        optionalMeta origin
        requiredMeta returnStatus returnType state status supplierStatus type warehouseType
        wbStatus
        """,
    titles="cards.title",
    sentences="additionalErrors detail errorText errors message statusText title",
    people="""
        address applicant buyerInfo comment dstOfficeAddress offices tradeMark tradeName
        warehouseAddress
        """,
    own_names="Wildberries Вайлдберриз",
)
