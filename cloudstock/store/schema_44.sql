-- Step 44: an order that names no warehouse of its marketplace is kept with the account's first one,
-- as it is booked. Which one was the first is not known of earlier orders: one that feeds from where
-- they were booked.

UPDATE orders SET external_warehouse = (SELECT min(w.external_warehouse) FROM account_warehouse w
    WHERE w.account_id = orders.account_id AND w.warehouse_id = orders.warehouse_id)
WHERE external_warehouse IS NULL AND warehouse_id IS NOT NULL AND ignored IS NULL;
