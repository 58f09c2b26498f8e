"""Which texts of Ozon's answers a record keeps; what is not here is replaced.

Left out on purpose: names of warehouses, roles' owners and firms, comments, prices, tracking
numbers, and the barcodes of postings and returns, which hand out the parcel.

Source: Ozon Seller API, its schemas of 2026-10.
"""

from __future__ import annotations

from cloudstock.marketplaces.anonymous import Kept

KEPT = Kept.of(
    ids="""
        cursor last_id offer_id order_id order_number order_numbers parent_posting_number
        posting_number posting_numbers product_id related_posting_numbers sku skus total
        warehouse_id warehouse_ids items.barcode items.barcodes
        """,
    words="""
        availability availability_status available_actions cancellation_initiator
        cancellation_type code delivery_schema delivery_type dir error.code errors.code field
        first_mile_type group_state integration_type_flow level methods moderate_status
        previous_substatus provider_status return_schema sale_schema schema shipment_type sort_by
        sort_dir source state status statuses status_failed substatus sys_name
        tpl_integration_type type types validation_status visibility visual_status_name
        warehouse_type working_days
        """,
    titles="items.name product.name products.name",
    # Where a return is going tells whether it comes to the seller.
    sentences="message roles.name target_place.name",
    people="""
        address_coordinates address_info analytics_data
        client_photo company comment courier_phones customer_email customer_id external_order
        legal_info subscription tpl_dropoff_point
        """,
    own_names="Ozon Озон",
)
