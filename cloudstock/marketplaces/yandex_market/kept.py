"""Which texts of Yandex.Market's answers a record keeps; what is not here is replaced.

Left out on purpose: names of warehouses, shops and keys, notes, codes that hand out an order,
tracking numbers, prices, links and pictures.

Source: Yandex.Market Partner API, its schemas of 2026-09.
"""

from __future__ import annotations

from cloudstock.marketplaces.anonymous import Kept

KEPT = Kept.of(
    ids="""
        barcodes campaignId externalOrderId nextPageToken offerId offerIds offer_id orderId orderIds
        pageToken page_token partnerWarehouseId prevPageToken shopSku sku vendorCode warehouseId
        """,
    words="""
        apiAvailability authScopes buyerType cardStatus cardStatuses code components decisionType
        deliveryPartnerType dispatchType itemStatus paymentMethod paymentType placementType
        programType programTypes reasonType refundStatus requiredInstanceTypes returnType
        sellingProgram shipmentRecipientType shipmentStatus sourcePlatform sourcePlatforms status
        statuses stockType subreasonType subscriptionLevel substatus substatuses traits type
        """,
    titles="offer.name initialItems.offerName items.offerName",
    sentences="message",
    people="digitalGoods logisticPickupPoint receiveBarcode receiveCode tracks transfer",
    own_names="Yandex Market Яндекс Маркет",
)
