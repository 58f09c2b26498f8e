-- A database made by commit 75e81bc (schema 7): see tests/store/test_older_database.py.
PRAGMA application_id = 1668051828;
PRAGMA user_version = 7;
BEGIN TRANSACTION;
CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    marketplace TEXT NOT NULL
) STRICT;
INSERT INTO "account" VALUES(1,'ozon-main','ozon');
INSERT INTO "account" VALUES(2,'wb-main','wildberries');
INSERT INTO "account" VALUES(3,'ym-main','yandex_market');
CREATE TABLE account_warehouse (
    account_id INTEGER NOT NULL REFERENCES account,
    external_warehouse TEXT NOT NULL,
    warehouse_id INTEGER NOT NULL REFERENCES warehouse,
    buffer INTEGER NOT NULL CHECK (buffer >= 0),
    max_quantity INTEGER CHECK (max_quantity >= 0),
    share_percent INTEGER NOT NULL CHECK (share_percent BETWEEN 0 AND 100),
    -- The largest number the marketplace takes.
    ceiling INTEGER NOT NULL CHECK (ceiling > 0),
    -- 1: another account's warehouse shares its stock by itself and is the one pushed.
    follows INTEGER NOT NULL DEFAULT 0 CHECK (follows IN (0, 1)), policy TEXT NOT NULL DEFAULT 'share'
    CHECK (policy IN ('share', 'split', 'priority', 'adaptive')), rank INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, external_warehouse)
) STRICT, WITHOUT ROWID;
INSERT INTO "account_warehouse" VALUES(1,'22142605386010',1,0,NULL,100,999999,0,'share',1);
INSERT INTO "account_warehouse" VALUES(2,'658450',1,0,NULL,100,100000,0,'share',2);
INSERT INTO "account_warehouse" VALUES(3,'900430',1,0,NULL,100,2000000000,0,'share',3);
CREATE TABLE allocation (
    order_line_id INTEGER NOT NULL REFERENCES order_line ON DELETE CASCADE,
    product_id INTEGER NOT NULL REFERENCES product,
    warehouse_id INTEGER NOT NULL REFERENCES warehouse,
    -- Promised, still on the shelf.
    reserved INTEGER NOT NULL CHECK (reserved >= 0),
    -- Left the shelf: minus the sum of the line's movements, but for what a count absorbed.
    off INTEGER NOT NULL CHECK (off >= 0),
    CHECK (reserved = 0 OR off = 0),
    PRIMARY KEY (order_line_id, product_id, warehouse_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "allocation" VALUES(1,1,1,2,0);
INSERT INTO "allocation" VALUES(2,2,1,0,2);
INSERT INTO "allocation" VALUES(4,2,1,1,0);
INSERT INTO "allocation" VALUES(5,4,1,0,1);
INSERT INTO "allocation" VALUES(6,3,1,3,0);
INSERT INTO "allocation" VALUES(7,2,1,1,0);
INSERT INTO "allocation" VALUES(8,2,1,0,1);
CREATE TABLE component (
    listing_id INTEGER NOT NULL REFERENCES listing ON DELETE CASCADE,
    product_id INTEGER NOT NULL REFERENCES product,
    units INTEGER NOT NULL CHECK (units > 0),
    PRIMARY KEY (listing_id, product_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "component" VALUES(1,4,1);
INSERT INTO "component" VALUES(2,3,1);
INSERT INTO "component" VALUES(3,2,1);
INSERT INTO "component" VALUES(4,1,1);
INSERT INTO "component" VALUES(5,6,1);
INSERT INTO "component" VALUES(6,5,1);
INSERT INTO "component" VALUES(7,1,1);
INSERT INTO "component" VALUES(8,2,1);
INSERT INTO "component" VALUES(9,3,1);
INSERT INTO "component" VALUES(10,4,1);
INSERT INTO "component" VALUES(11,5,1);
INSERT INTO "component" VALUES(12,4,1);
INSERT INTO "component" VALUES(13,3,1);
INSERT INTO "component" VALUES(14,2,1);
INSERT INTO "component" VALUES(15,1,1);
INSERT INTO "component" VALUES(16,6,1);
INSERT INTO "component" VALUES(17,5,1);
INSERT INTO "component" VALUES(18,7,1);
INSERT INTO "component" VALUES(19,8,1);
CREATE TABLE count (
    id INTEGER PRIMARY KEY,
    product_id INTEGER NOT NULL REFERENCES product,
    warehouse_id INTEGER NOT NULL REFERENCES warehouse,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    counted_at TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO "count" VALUES(1,1,1,10,'2026-11-30T01:04:09.815049Z','import-stock standard input');
INSERT INTO "count" VALUES(2,2,1,10,'2026-11-30T01:04:09.815049Z','import-stock standard input');
INSERT INTO "count" VALUES(3,3,1,10,'2026-11-30T01:04:09.815049Z','import-stock standard input');
INSERT INTO "count" VALUES(4,4,1,10,'2026-11-30T01:04:09.815049Z','import-stock standard input');
INSERT INTO "count" VALUES(5,5,1,10,'2026-11-30T01:04:09.815049Z','import-stock standard input');
INSERT INTO "count" VALUES(6,6,1,10,'2026-11-30T01:04:09.815049Z','import-stock standard input');
INSERT INTO "count" VALUES(7,7,1,10,'2026-11-30T01:04:09.815049Z','import-stock standard input');
INSERT INTO "count" VALUES(8,8,1,10,'2026-11-30T01:04:09.815049Z','import-stock standard input');
INSERT INTO "count" VALUES(9,3,1,7,'2026-11-30T01:04:43.093867Z','');
INSERT INTO "count" VALUES(10,3,1,2,'2026-11-30T01:04:47.849481Z','');
CREATE TABLE cursor (
    account_id INTEGER NOT NULL REFERENCES account,
    job TEXT NOT NULL,
    -- Opaque place to go on from (catalog).
    value TEXT,
    -- Everything up to this moment has been read (orders, returns): when that reading began.
    read_until TEXT,
    -- When the first and the last complete reading began and the last one ended.
    first_at TEXT,
    finished_at TEXT,
    PRIMARY KEY (account_id, job)
) STRICT, WITHOUT ROWID;
INSERT INTO "cursor" VALUES(1,'catalog',NULL,'2026-11-30T01:04:02.115969Z','2026-11-30T01:04:02.115969Z','2026-11-30T01:04:02.393361Z');
INSERT INTO "cursor" VALUES(1,'orders',NULL,'2026-11-30T01:04:50.632243Z','2026-11-30T01:04:05.257456Z','2026-11-30T01:04:51.301664Z');
INSERT INTO "cursor" VALUES(1,'orders-deep',NULL,'2026-11-30T01:04:05.257456Z','2026-11-30T01:04:05.257456Z','2026-11-30T01:04:05.976357Z');
INSERT INTO "cursor" VALUES(1,'orders-shipped',NULL,'2026-11-30T01:04:50.632243Z','2026-11-30T01:04:05.257456Z','2026-11-30T01:04:51.301664Z');
INSERT INTO "cursor" VALUES(1,'reserves',NULL,'2026-11-30T01:04:46.049589Z','2026-11-30T01:04:11.708360Z','2026-11-30T01:04:46.090990Z');
INSERT INTO "cursor" VALUES(1,'returns',NULL,'2026-11-30T01:04:45.936989Z','2026-11-30T01:04:08.137940Z','2026-11-30T01:04:46.036203Z');
INSERT INTO "cursor" VALUES(2,'catalog','{"cards":["2026-10-31T01:04:00.09657Z",217200005]}','2026-11-30T01:04:02.069756Z','2026-11-30T01:04:02.069756Z','2026-11-30T01:04:02.345128Z');
INSERT INTO "cursor" VALUES(2,'orders',NULL,'2026-11-30T01:04:50.632406Z','2026-11-30T01:04:05.289233Z','2026-11-30T01:04:51.400177Z');
INSERT INTO "cursor" VALUES(2,'orders-deep',NULL,'2026-11-30T01:04:05.289233Z','2026-11-30T01:04:05.289233Z','2026-11-30T01:04:06.085989Z');
INSERT INTO "cursor" VALUES(2,'orders-shipped',NULL,'2026-11-30T01:04:50.632406Z','2026-11-30T01:04:05.289233Z','2026-11-30T01:04:51.400177Z');
INSERT INTO "cursor" VALUES(2,'reserves',NULL,'2026-11-30T01:04:46.049640Z','2026-11-30T01:04:11.708420Z','2026-11-30T01:04:46.094271Z');
INSERT INTO "cursor" VALUES(2,'returns',NULL,'2026-11-30T01:04:45.937266Z','2026-11-30T01:04:08.139455Z','2026-11-30T01:04:46.038162Z');
INSERT INTO "cursor" VALUES(2,'warehouses','[{"id":658450,"deliveryType":1,"name":"Склад 1","isDeleting":false,"isProcessing":false}]',NULL,NULL,'2026-11-30T01:04:45.714350Z');
INSERT INTO "cursor" VALUES(3,'catalog',NULL,'2026-11-30T01:04:02.144291Z','2026-11-30T01:04:02.144291Z','2026-11-30T01:04:02.375971Z');
INSERT INTO "cursor" VALUES(3,'orders',NULL,'2026-11-30T01:04:50.632524Z','2026-11-30T01:04:05.289335Z','2026-11-30T01:04:51.258757Z');
INSERT INTO "cursor" VALUES(3,'orders-deep',NULL,'2026-11-30T01:04:05.289335Z','2026-11-30T01:04:05.289335Z','2026-11-30T01:04:06.215950Z');
INSERT INTO "cursor" VALUES(3,'orders-shipped',NULL,'2026-11-30T01:04:50.632524Z','2026-11-30T01:04:05.289335Z','2026-11-30T01:04:51.258757Z');
INSERT INTO "cursor" VALUES(3,'reserves',NULL,'2026-11-30T01:04:46.049663Z','2026-11-30T01:04:11.708473Z','2026-11-30T01:04:46.120850Z');
INSERT INTO "cursor" VALUES(3,'returns',NULL,'2026-11-30T01:04:45.937343Z','2026-11-30T01:04:08.139529Z','2026-11-30T01:04:46.023950Z');
INSERT INTO "cursor" VALUES(3,'warehouses','[{"id":900430,"campaignId":22003330,"name":"Склад ym-main","groupInfo":null,"status":null}]',NULL,NULL,'2026-11-30T01:04:46.078434Z');
CREATE TABLE dirty (listing_id INTEGER PRIMARY KEY) STRICT;
CREATE TABLE division (
    product_id INTEGER NOT NULL REFERENCES product,
    warehouse_id INTEGER NOT NULL REFERENCES warehouse,
    scarce INTEGER NOT NULL CHECK (scarce IN (0, 1)),
    -- NULL: not known when.
    decided_at TEXT,
    PRIMARY KEY (product_id, warehouse_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "division" VALUES(1,1,0,'2026-11-30T01:04:30.601631Z');
CREATE TABLE fact (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE listing (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account,
    external_id TEXT NOT NULL,
    offer_id TEXT NOT NULL,
    name TEXT NOT NULL DEFAULT '',
    archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    -- 'auto': linked by article or barcode; 'manual': by hand, never touched by pull-catalog;
    -- 'none': not linked.
    link TEXT NOT NULL DEFAULT 'none' CHECK (link IN ('auto', 'manual', 'none')),
    catalog_seen_at TEXT NOT NULL,
    UNIQUE (account_id, external_id)
) STRICT;
INSERT INTO "listing" VALUES(1,2,'501200001','POT-01','Pot No. 1',0,'auto','2026-11-30T01:04:02.221149Z');
INSERT INTO "listing" VALUES(2,2,'501200002','LAMP-02','Lamp No. 2',0,'auto','2026-11-30T01:04:02.221149Z');
INSERT INTO "listing" VALUES(3,2,'501200003','BELT-03/M','Belt No. 3, M, M',0,'auto','2026-11-30T01:04:02.221149Z');
INSERT INTO "listing" VALUES(4,2,'501200004','BELT-03/L','Belt No. 3, M, L',0,'auto','2026-11-30T01:04:02.221149Z');
INSERT INTO "listing" VALUES(5,2,'501200005','SOCK-04/M','Sock No. 4, M, M',0,'auto','2026-11-30T01:04:02.221149Z');
INSERT INTO "listing" VALUES(6,2,'501200006','SOCK-04/L','Sock No. 4, M, L',0,'auto','2026-11-30T01:04:02.221149Z');
INSERT INTO "listing" VALUES(7,3,'BELT-03/L','BELT-03/L','Belt No. 3, L',0,'auto','2026-11-30T01:04:02.269044Z');
INSERT INTO "listing" VALUES(8,3,'BELT-03/M','BELT-03/M','Belt No. 3, M',0,'auto','2026-11-30T01:04:02.269044Z');
INSERT INTO "listing" VALUES(9,3,'LAMP-02','LAMP-02','Lamp No. 2',0,'auto','2026-11-30T01:04:02.269044Z');
INSERT INTO "listing" VALUES(10,3,'POT-01','POT-01','Pot No. 1',0,'auto','2026-11-30T01:04:02.269044Z');
INSERT INTO "listing" VALUES(11,3,'SOCK-04/L','SOCK-04/L','Sock No. 4, L',0,'auto','2026-11-30T01:04:02.269044Z');
INSERT INTO "listing" VALUES(12,1,'1000100001','POT-01','Pot No. 1',0,'auto','2026-11-30T01:04:02.328203Z');
INSERT INTO "listing" VALUES(13,1,'1000100002','LAMP-02','Lamp No. 2',0,'auto','2026-11-30T01:04:02.328203Z');
INSERT INTO "listing" VALUES(14,1,'1000100003','BELT-03/M','Belt No. 3, M',0,'auto','2026-11-30T01:04:02.328203Z');
INSERT INTO "listing" VALUES(15,1,'1000100004','BELT-03/L','Belt No. 3, L',0,'auto','2026-11-30T01:04:02.328203Z');
INSERT INTO "listing" VALUES(16,1,'1000100005','SOCK-04/M','Sock No. 4, M',0,'auto','2026-11-30T01:04:02.328203Z');
INSERT INTO "listing" VALUES(17,1,'1000100006','SOCK-04/L','Sock No. 4, L',0,'auto','2026-11-30T01:04:02.328203Z');
INSERT INTO "listing" VALUES(18,3,'OLD-3','OLD-3','Sold no more',1,'auto','2026-11-30T01:04:02.332869Z');
INSERT INTO "listing" VALUES(19,1,'1000100007','OLD-1','Sold no more',1,'auto','2026-11-30T01:04:02.387866Z');
CREATE TABLE listing_key (
    account_id INTEGER NOT NULL REFERENCES account,
    key TEXT NOT NULL,
    listing_id INTEGER NOT NULL REFERENCES listing ON DELETE CASCADE,
    PRIMARY KEY (account_id, key, listing_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "listing_key" VALUES(2,'barcode:4607010000001',1);
INSERT INTO "listing_key" VALUES(2,'chrt:501200001',1);
INSERT INTO "listing_key" VALUES(2,'barcode:4607010000002',2);
INSERT INTO "listing_key" VALUES(2,'chrt:501200002',2);
INSERT INTO "listing_key" VALUES(2,'barcode:4607010000003',3);
INSERT INTO "listing_key" VALUES(2,'chrt:501200003',3);
INSERT INTO "listing_key" VALUES(2,'barcode:4607010000004',4);
INSERT INTO "listing_key" VALUES(2,'chrt:501200004',4);
INSERT INTO "listing_key" VALUES(2,'barcode:4607010000005',5);
INSERT INTO "listing_key" VALUES(2,'chrt:501200005',5);
INSERT INTO "listing_key" VALUES(2,'barcode:4607010000006',6);
INSERT INTO "listing_key" VALUES(2,'chrt:501200006',6);
INSERT INTO "listing_key" VALUES(3,'barcode:4607010000004',7);
INSERT INTO "listing_key" VALUES(3,'offer:BELT-03/L',7);
INSERT INTO "listing_key" VALUES(3,'barcode:4607010000003',8);
INSERT INTO "listing_key" VALUES(3,'offer:BELT-03/M',8);
INSERT INTO "listing_key" VALUES(3,'barcode:4607010000002',9);
INSERT INTO "listing_key" VALUES(3,'offer:LAMP-02',9);
INSERT INTO "listing_key" VALUES(3,'barcode:4607010000001',10);
INSERT INTO "listing_key" VALUES(3,'offer:POT-01',10);
INSERT INTO "listing_key" VALUES(3,'barcode:4607010000006',11);
INSERT INTO "listing_key" VALUES(3,'offer:SOCK-04/L',11);
INSERT INTO "listing_key" VALUES(1,'barcode:4607010000001',12);
INSERT INTO "listing_key" VALUES(1,'barcode:OZN2600100001',12);
INSERT INTO "listing_key" VALUES(1,'offer:POT-01',12);
INSERT INTO "listing_key" VALUES(1,'product:1000100001',12);
INSERT INTO "listing_key" VALUES(1,'sku:2600100001',12);
INSERT INTO "listing_key" VALUES(1,'barcode:4607010000002',13);
INSERT INTO "listing_key" VALUES(1,'barcode:OZN2600100002',13);
INSERT INTO "listing_key" VALUES(1,'offer:LAMP-02',13);
INSERT INTO "listing_key" VALUES(1,'product:1000100002',13);
INSERT INTO "listing_key" VALUES(1,'sku:2600100002',13);
INSERT INTO "listing_key" VALUES(1,'barcode:4607010000003',14);
INSERT INTO "listing_key" VALUES(1,'barcode:OZN2600100003',14);
INSERT INTO "listing_key" VALUES(1,'offer:BELT-03/M',14);
INSERT INTO "listing_key" VALUES(1,'product:1000100003',14);
INSERT INTO "listing_key" VALUES(1,'sku:2600100003',14);
INSERT INTO "listing_key" VALUES(1,'barcode:4607010000004',15);
INSERT INTO "listing_key" VALUES(1,'barcode:OZN2600100004',15);
INSERT INTO "listing_key" VALUES(1,'offer:BELT-03/L',15);
INSERT INTO "listing_key" VALUES(1,'product:1000100004',15);
INSERT INTO "listing_key" VALUES(1,'sku:2600100004',15);
INSERT INTO "listing_key" VALUES(1,'barcode:4607010000005',16);
INSERT INTO "listing_key" VALUES(1,'barcode:OZN2600100005',16);
INSERT INTO "listing_key" VALUES(1,'offer:SOCK-04/M',16);
INSERT INTO "listing_key" VALUES(1,'product:1000100005',16);
INSERT INTO "listing_key" VALUES(1,'sku:2600100005',16);
INSERT INTO "listing_key" VALUES(1,'barcode:4607010000006',17);
INSERT INTO "listing_key" VALUES(1,'barcode:OZN2600100006',17);
INSERT INTO "listing_key" VALUES(1,'offer:SOCK-04/L',17);
INSERT INTO "listing_key" VALUES(1,'product:1000100006',17);
INSERT INTO "listing_key" VALUES(1,'sku:2600100006',17);
INSERT INTO "listing_key" VALUES(3,'offer:OLD-3',18);
INSERT INTO "listing_key" VALUES(1,'barcode:OZN2600100007',19);
INSERT INTO "listing_key" VALUES(1,'offer:OLD-1',19);
INSERT INTO "listing_key" VALUES(1,'product:1000100007',19);
INSERT INTO "listing_key" VALUES(1,'sku:2600100007',19);
CREATE TABLE marketplace_warehouse (
    account_id INTEGER NOT NULL REFERENCES account,
    external_warehouse TEXT NOT NULL,
    name TEXT NOT NULL,
    unusable TEXT,
    stock_group TEXT,
    read_at TEXT NOT NULL,
    PRIMARY KEY (account_id, external_warehouse)
) STRICT, WITHOUT ROWID;
INSERT INTO "marketplace_warehouse" VALUES(1,'22142605386010','Warehouse 10',NULL,NULL,'2026-11-30T01:04:02.089524Z');
INSERT INTO "marketplace_warehouse" VALUES(2,'658450','Склад 1',NULL,NULL,'2026-11-30T01:04:02.069157Z');
INSERT INTO "marketplace_warehouse" VALUES(3,'900430','Склад ym-main',NULL,NULL,'2026-11-30T01:04:02.131983Z');
CREATE TABLE "movement" (
    id INTEGER PRIMARY KEY,
    product_id INTEGER NOT NULL REFERENCES product,
    warehouse_id INTEGER NOT NULL REFERENCES warehouse,
    quantity INTEGER NOT NULL CHECK (quantity <> 0),
    kind TEXT NOT NULL CHECK (kind IN (
        'count', 'adjustment', 'move', 'shipment', 'return', 'receipt', 'write-off')),
    -- Which document moved it: 'order:ACCOUNT:ID:LINE', 'return:ACCOUNT:ID', 'count:N' ...
    document TEXT NOT NULL,
    -- Running number of the document's movements of this product on this shelf.
    number INTEGER NOT NULL CHECK (number > 0),
    -- When it happened on the shelf, and when the book learned of it.
    happened_at TEXT NOT NULL,
    booked_at TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    UNIQUE (document, product_id, warehouse_id, number)
) STRICT;
INSERT INTO "movement" VALUES(1,1,1,10,'count','count:1',1,'2026-11-30T01:04:09.815049Z','2026-11-30T01:04:09.815049Z','import-stock standard input');
INSERT INTO "movement" VALUES(2,2,1,10,'count','count:2',1,'2026-11-30T01:04:09.815049Z','2026-11-30T01:04:09.815049Z','import-stock standard input');
INSERT INTO "movement" VALUES(3,3,1,10,'count','count:3',1,'2026-11-30T01:04:09.815049Z','2026-11-30T01:04:09.815049Z','import-stock standard input');
INSERT INTO "movement" VALUES(4,4,1,10,'count','count:4',1,'2026-11-30T01:04:09.815049Z','2026-11-30T01:04:09.815049Z','import-stock standard input');
INSERT INTO "movement" VALUES(5,5,1,10,'count','count:5',1,'2026-11-30T01:04:09.815049Z','2026-11-30T01:04:09.815049Z','import-stock standard input');
INSERT INTO "movement" VALUES(6,6,1,10,'count','count:6',1,'2026-11-30T01:04:09.815049Z','2026-11-30T01:04:09.815049Z','import-stock standard input');
INSERT INTO "movement" VALUES(7,7,1,10,'count','count:7',1,'2026-11-30T01:04:09.815049Z','2026-11-30T01:04:09.815049Z','import-stock standard input');
INSERT INTO "movement" VALUES(8,8,1,10,'count','count:8',1,'2026-11-30T01:04:09.815049Z','2026-11-30T01:04:09.815049Z','import-stock standard input');
INSERT INTO "movement" VALUES(9,2,1,-2,'shipment','order:ozon-main:48215008-0008-1:2600100003',1,'2026-11-30T01:04:31.256000Z','2026-11-30T01:04:33.189159Z','');
INSERT INTO "movement" VALUES(10,2,1,-1,'shipment','order:ym-main:40000000010:700000001001',1,'2026-11-30T01:04:31.999999Z','2026-11-30T01:04:33.341733Z','');
INSERT INTO "movement" VALUES(11,4,1,-1,'shipment','order:wb-main:5632000014:1',1,'2026-11-30T01:04:33.419919Z','2026-11-30T01:04:33.419919Z','');
INSERT INTO "movement" VALUES(12,2,0,2,'return','return:ozon-main:1000000015',1,'2026-11-30T01:04:34.390000Z','2026-11-30T01:04:36.936125Z','ReceivedBySeller');
INSERT INTO "movement" VALUES(13,4,1,-1,'adjustment','adjustment:13',1,'2026-11-30T01:04:42.173457Z','2026-11-30T01:04:42.173457Z','broken');
INSERT INTO "movement" VALUES(14,3,1,-3,'count','count:9',1,'2026-11-30T01:04:43.093867Z','2026-11-30T01:04:43.093867Z','');
INSERT INTO "movement" VALUES(15,3,1,-5,'count','count:10',1,'2026-11-30T01:04:47.849481Z','2026-11-30T01:04:47.849481Z','');
CREATE TABLE notice (
    id INTEGER PRIMARY KEY,
    -- 'down': an account's orders cannot be read; 'failed': another of its jobs does not succeed.
    kind TEXT NOT NULL CHECK (kind IN ('down', 'failed', 'oversold', 'unlinked', 'token')),
    -- Which one of its kind: ids, so that a new name is no new event.
    subject TEXT NOT NULL,
    -- JSON object: what a message needs, as it was found last before it was told.
    facts TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    -- The last time that somebody was told of it; NULL: nobody was.
    told_at TEXT,
    closed_at TEXT,
    -- When somebody was told that it is over.
    end_told_at TEXT,
    -- Who is telling it just now, and until when nobody else does.
    teller TEXT,
    teller_until TEXT,
    CHECK (end_told_at IS NULL OR (told_at IS NOT NULL AND closed_at IS NOT NULL)),
    CHECK ((teller IS NULL) = (teller_until IS NULL))
) STRICT;
CREATE TABLE order_line (
    id INTEGER PRIMARY KEY,
    orders_id INTEGER NOT NULL REFERENCES orders ON DELETE CASCADE,
    line_id TEXT NOT NULL,
    listing_id INTEGER REFERENCES listing,
    offer_id TEXT NOT NULL DEFAULT '',
    -- JSON array: how the marketplace names the listing.
    keys TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    -- Units of the listing that have left the shelf.
    off INTEGER NOT NULL DEFAULT 0 CHECK (off >= 0),
    UNIQUE (orders_id, line_id)
) STRICT;
INSERT INTO "order_line" VALUES(1,1,'2600100004',15,'BELT-03/L','["sku:2600100004", "offer:BELT-03/L"]',2,0);
INSERT INTO "order_line" VALUES(2,2,'2600100003',14,'BELT-03/M','["sku:2600100003", "offer:BELT-03/M"]',2,2);
INSERT INTO "order_line" VALUES(3,3,'2600100002',13,'LAMP-02','["sku:2600100002", "offer:LAMP-02"]',1,0);
INSERT INTO "order_line" VALUES(4,4,'1',3,'BELT-03','["chrt:501200003", "barcode:4607010000003"]',1,0);
INSERT INTO "order_line" VALUES(5,5,'1',1,'POT-01','["chrt:501200001", "barcode:4607010000001"]',1,1);
INSERT INTO "order_line" VALUES(6,6,'700000000601',9,'LAMP-02','["offer:LAMP-02"]',3,0);
INSERT INTO "order_line" VALUES(7,6,'700000000602',8,'BELT-03/M','["offer:BELT-03/M"]',1,0);
INSERT INTO "order_line" VALUES(8,7,'700000001001',8,'BELT-03/M','["offer:BELT-03/M"]',1,1);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account,
    order_id TEXT NOT NULL,
    -- As read last; 'unknown' reserves and is reported.
    step TEXT NOT NULL CHECK (step IN ('open', 'shipped', 'delivered', 'cancelled', 'replaced', 'unknown')),
    -- The last step that was understood.
    understood TEXT NOT NULL CHECK (understood IN ('open', 'shipped', 'delivered', 'cancelled', 'replaced')),
    status TEXT NOT NULL,
    shipped INTEGER NOT NULL CHECK (shipped IN (0, 1)),
    created_at TEXT NOT NULL,
    changed_at TEXT,
    -- The marketplace's warehouse, and the shelf it stands for; NULL: none of ours.
    external_warehouse TEXT,
    warehouse_id INTEGER REFERENCES warehouse,
    first_seen_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    -- The last reading that found the units on the shelf.
    open_seen_at TEXT,
    -- When the units left, as the book reckons it.
    moved_at TEXT,
    handle TEXT NOT NULL DEFAULT '',
    -- Why it moves nothing (a test order, marketplace-held stock); NULL: it counts.
    ignored TEXT,
    ended INTEGER NOT NULL CHECK (ended IN (0, 1)),
    UNIQUE (account_id, order_id)
) STRICT;
INSERT INTO "orders" VALUES(1,1,'48215002-0002-1','open','open','awaiting_packaging/posting_created',0,'2026-11-30T01:04:28.670000Z',NULL,'22142605386010',1,'2026-11-30T01:04:30.410632Z','2026-11-30T01:04:51.127372Z','2026-11-30T01:04:51.127372Z',NULL,'48215002-0002',NULL,0);
INSERT INTO "orders" VALUES(2,1,'48215008-0008-1','delivered','delivered','delivered/posting_received',1,'2026-11-30T01:04:28.699000Z',NULL,'22142605386010',1,'2026-11-30T01:04:30.410632Z','2026-11-30T01:04:51.127372Z','2026-11-30T01:04:30.711247Z','2026-11-30T01:04:31.256000Z','48215008-0008',NULL,1);
INSERT INTO "orders" VALUES(3,1,'48215012-0012-1','cancelled','cancelled','cancelled/posting_canceled',0,'2026-11-30T01:04:28.716000Z',NULL,'22142605386010',1,'2026-11-30T01:04:30.410632Z','2026-11-30T01:04:51.127372Z','2026-11-30T01:04:30.711247Z',NULL,'48215012-0012',NULL,1);
INSERT INTO "orders" VALUES(4,2,'5632000004','open','open','new/waiting',0,'2026-11-30T01:04:28.000000Z',NULL,'658450',1,'2026-11-30T01:04:30.496275Z','2026-11-30T01:04:51.232608Z','2026-11-30T01:04:51.232608Z',NULL,'{"f":"fbs","c":501200003,"w":658450,"a":"BELT-03","s":["4607010000003"]}',NULL,0);
INSERT INTO "orders" VALUES(5,2,'5632000014','shipped','shipped','complete/waiting',1,'2026-11-30T01:04:28.000000Z',NULL,'658450',1,'2026-11-30T01:04:30.496275Z','2026-11-30T01:04:51.392497Z','2026-11-30T01:04:30.722106Z','2026-11-30T01:04:33.419919Z','{"f":"fbs","c":501200001,"w":658450,"a":"POT-01","s":["4607010000001"]}',NULL,0);
INSERT INTO "orders" VALUES(6,3,'40000000006','open','open','PROCESSING/STARTED',0,'2026-11-30T01:04:28.000000Z','2026-11-30T01:04:28.000000Z','900430',1,'2026-11-30T01:04:30.500110Z','2026-11-30T01:04:51.243964Z','2026-11-30T01:04:51.243964Z',NULL,'',NULL,0);
INSERT INTO "orders" VALUES(7,3,'40000000010','delivered','delivered','RETURNED/DELIVERY_SERVICE_DELIVERED',1,'2026-11-30T01:04:28.000000Z','2026-11-30T01:04:34.000000Z','900430',1,'2026-11-30T01:04:30.500110Z','2026-11-30T01:04:51.243964Z','2026-11-30T01:04:30.725276Z','2026-11-30T01:04:31.999999Z','',NULL,1);
CREATE TABLE product (
    id INTEGER PRIMARY KEY,
    sku TEXT NOT NULL UNIQUE CHECK (sku <> ''),
    name TEXT NOT NULL DEFAULT '',
    -- Units kept back; NULL: as the account's policy says.
    buffer INTEGER CHECK (buffer >= 0)
, policy TEXT
    CHECK (policy IN ('share', 'split', 'priority', 'adaptive'))) STRICT;
INSERT INTO "product" VALUES(1,'BELT-03/L','Belt No. 3, M, L',NULL,'split');
INSERT INTO "product" VALUES(2,'BELT-03/M','Belt No. 3, M, M',NULL,NULL);
INSERT INTO "product" VALUES(3,'LAMP-02','Lamp No. 2',NULL,NULL);
INSERT INTO "product" VALUES(4,'POT-01','Pot No. 1',NULL,NULL);
INSERT INTO "product" VALUES(5,'SOCK-04/L','Sock No. 4, M, L',NULL,NULL);
INSERT INTO "product" VALUES(6,'SOCK-04/M','Sock No. 4, M, M',NULL,NULL);
INSERT INTO "product" VALUES(7,'OLD-3','Sold no more',NULL,NULL);
INSERT INTO "product" VALUES(8,'OLD-1','Sold no more',NULL,NULL);
CREATE TABLE product_barcode (
    barcode TEXT NOT NULL,
    product_id INTEGER NOT NULL REFERENCES product ON DELETE CASCADE,
    PRIMARY KEY (barcode, product_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "product_barcode" VALUES('4607010000004',1);
INSERT INTO "product_barcode" VALUES('OZN2600100004',1);
INSERT INTO "product_barcode" VALUES('4607010000003',2);
INSERT INTO "product_barcode" VALUES('OZN2600100003',2);
INSERT INTO "product_barcode" VALUES('4607010000002',3);
INSERT INTO "product_barcode" VALUES('OZN2600100002',3);
INSERT INTO "product_barcode" VALUES('4607010000001',4);
INSERT INTO "product_barcode" VALUES('OZN2600100001',4);
INSERT INTO "product_barcode" VALUES('4607010000006',5);
INSERT INTO "product_barcode" VALUES('OZN2600100006',5);
INSERT INTO "product_barcode" VALUES('4607010000005',6);
INSERT INTO "product_barcode" VALUES('OZN2600100005',6);
INSERT INTO "product_barcode" VALUES('OZN2600100007',8);
CREATE TABLE promise (
    listing_id INTEGER NOT NULL,
    external_warehouse TEXT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES account,
    -- The strictest that holds for any of its products.
    policy TEXT NOT NULL CHECK (policy IN ('share', 'split', 'priority', 'adaptive')),
    -- 1: its units are its own alone, so the sum of all these must not exceed what is available.
    divided INTEGER NOT NULL CHECK (divided IN (0, 1)),
    -- What it may still sell, and may have sold unread; NULL: unknown.
    quantity INTEGER CHECK (quantity >= 0),
    -- What will be left of it once orders are known up to the last accepted number, which was sent
    -- and answered between these moments; NULL: no number is known to have been taken.
    bound INTEGER CHECK (bound >= 0),
    bound_since TEXT,
    bound_until TEXT,
    -- 1: they are known, so that quantity = bound.
    covered INTEGER NOT NULL DEFAULT 0 CHECK (covered IN (0, 1)),
    -- Orders made before this are not among what it may have sold unread.
    counted_since TEXT,
    -- Its part of what is available, less its own sales since that was decided.
    part INTEGER CHECK (part >= 0),
    -- What its account's buffer, share and cap alone would let it show.
    most INTEGER CHECK (most >= 0),
    -- Listings sold per second, and when that was measured.
    rate REAL NOT NULL DEFAULT 0 CHECK (rate >= 0),
    rate_at TEXT,
    CHECK ((bound IS NULL) = (bound_since IS NULL) AND (bound IS NULL) = (bound_until IS NULL)),
    CHECK (NOT covered OR quantity IS bound),
    PRIMARY KEY (listing_id, external_warehouse),
    FOREIGN KEY (listing_id, external_warehouse) REFERENCES shown ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO "promise" VALUES(4,'658450',2,'split',1,3,3,'2026-11-30T01:04:22.418687Z','2026-11-30T01:04:22.446113Z',1,'2026-11-30T01:04:22.418687Z',3,8,0.0,'2026-11-30T01:04:12.940131Z');
INSERT INTO "promise" VALUES(7,'900430',3,'split',1,3,3,'2026-11-30T01:04:22.425214Z','2026-11-30T01:04:22.452598Z',1,'2026-11-30T01:04:22.425214Z',3,8,0.0,'2026-11-30T01:04:12.940131Z');
INSERT INTO "promise" VALUES(15,'22142605386010',1,'split',1,2,2,'2026-11-30T01:04:22.415545Z','2026-11-30T01:04:22.434660Z',1,'2026-11-30T01:04:22.415545Z',2,8,0.0,'2026-11-30T01:04:12.940131Z');
CREATE TABLE push (
    id INTEGER PRIMARY KEY,
    listing_id INTEGER NOT NULL REFERENCES listing ON DELETE CASCADE,
    external_warehouse TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    computed_at TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    -- The belief before it, for a refusal to go back to.
    low_before INTEGER,
    high_before INTEGER,
    -- NULL: not answered, so unknown.
    verdict TEXT CHECK (verdict IN ('accepted', 'refused', 'later', 'unknown')),
    code TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL DEFAULT '',
    answered_at TEXT, open_before INTEGER,
    CHECK ((verdict IS NULL) = (answered_at IS NULL))
) STRICT;
INSERT INTO "push" VALUES(1,12,'22142605386010',10,'2026-11-30T01:04:11.839452Z','2026-11-30T01:04:11.839452Z',NULL,NULL,'accepted','','','2026-11-30T01:04:11.913115Z',NULL);
INSERT INTO "push" VALUES(2,13,'22142605386010',10,'2026-11-30T01:04:11.839452Z','2026-11-30T01:04:11.839452Z',NULL,NULL,'accepted','','','2026-11-30T01:04:11.913115Z',NULL);
INSERT INTO "push" VALUES(3,14,'22142605386010',10,'2026-11-30T01:04:11.839452Z','2026-11-30T01:04:11.839452Z',NULL,NULL,'accepted','','','2026-11-30T01:04:11.913115Z',NULL);
INSERT INTO "push" VALUES(4,15,'22142605386010',10,'2026-11-30T01:04:11.839452Z','2026-11-30T01:04:11.839452Z',NULL,NULL,'accepted','','','2026-11-30T01:04:11.913115Z',NULL);
INSERT INTO "push" VALUES(5,16,'22142605386010',10,'2026-11-30T01:04:11.839452Z','2026-11-30T01:04:11.839452Z',NULL,NULL,'accepted','','','2026-11-30T01:04:11.913115Z',NULL);
INSERT INTO "push" VALUES(6,17,'22142605386010',10,'2026-11-30T01:04:11.839452Z','2026-11-30T01:04:11.839452Z',NULL,NULL,'accepted','','','2026-11-30T01:04:11.913115Z',NULL);
INSERT INTO "push" VALUES(7,1,'658450',10,'2026-11-30T01:04:11.877040Z','2026-11-30T01:04:11.877040Z',NULL,NULL,'accepted','','','2026-11-30T01:04:11.914900Z',NULL);
INSERT INTO "push" VALUES(8,2,'658450',10,'2026-11-30T01:04:11.877040Z','2026-11-30T01:04:11.877040Z',NULL,NULL,'accepted','','','2026-11-30T01:04:11.914900Z',NULL);
INSERT INTO "push" VALUES(9,3,'658450',10,'2026-11-30T01:04:11.877040Z','2026-11-30T01:04:11.877040Z',NULL,NULL,'accepted','','','2026-11-30T01:04:11.914900Z',NULL);
INSERT INTO "push" VALUES(10,4,'658450',10,'2026-11-30T01:04:11.877040Z','2026-11-30T01:04:11.877040Z',NULL,NULL,'accepted','','','2026-11-30T01:04:11.914900Z',NULL);
INSERT INTO "push" VALUES(11,5,'658450',10,'2026-11-30T01:04:11.877040Z','2026-11-30T01:04:11.877040Z',NULL,NULL,'accepted','','','2026-11-30T01:04:11.914900Z',NULL);
INSERT INTO "push" VALUES(12,6,'658450',10,'2026-11-30T01:04:11.877040Z','2026-11-30T01:04:11.877040Z',NULL,NULL,'accepted','','','2026-11-30T01:04:11.914900Z',NULL);
INSERT INTO "push" VALUES(13,7,'900430',10,'2026-11-30T01:04:11.892095Z','2026-11-30T01:04:11.892095Z',NULL,NULL,'accepted','','','2026-11-30T01:04:11.916617Z',NULL);
INSERT INTO "push" VALUES(14,8,'900430',10,'2026-11-30T01:04:11.892095Z','2026-11-30T01:04:11.892095Z',0,0,'accepted','','','2026-11-30T01:04:11.916617Z',NULL);
INSERT INTO "push" VALUES(15,9,'900430',10,'2026-11-30T01:04:11.892095Z','2026-11-30T01:04:11.892095Z',NULL,NULL,'accepted','','','2026-11-30T01:04:11.916617Z',NULL);
INSERT INTO "push" VALUES(16,10,'900430',10,'2026-11-30T01:04:11.892095Z','2026-11-30T01:04:11.892095Z',0,0,'accepted','','','2026-11-30T01:04:11.916617Z',NULL);
INSERT INTO "push" VALUES(17,11,'900430',10,'2026-11-30T01:04:11.892095Z','2026-11-30T01:04:11.892095Z',0,0,'accepted','','','2026-11-30T01:04:11.916617Z',NULL);
INSERT INTO "push" VALUES(18,4,'658450',0,'2026-11-30T01:04:14.329941Z','2026-11-30T01:04:14.329941Z',10,10,'accepted','','','2026-11-30T01:04:14.390127Z',NULL);
INSERT INTO "push" VALUES(19,7,'900430',0,'2026-11-30T01:04:14.345375Z','2026-11-30T01:04:14.345375Z',10,10,'accepted','','','2026-11-30T01:04:14.399502Z',NULL);
INSERT INTO "push" VALUES(20,15,'22142605386010',0,'2026-11-30T01:04:20.045498Z','2026-11-30T01:04:20.045498Z',10,10,'accepted','','','2026-11-30T01:04:20.054656Z',NULL);
INSERT INTO "push" VALUES(21,15,'22142605386010',4,'2026-11-30T01:04:22.415545Z','2026-11-30T01:04:22.415545Z',0,0,'accepted','','','2026-11-30T01:04:22.434660Z',NULL);
INSERT INTO "push" VALUES(22,4,'658450',3,'2026-11-30T01:04:22.418687Z','2026-11-30T01:04:22.418687Z',0,0,'accepted','','','2026-11-30T01:04:22.446113Z',NULL);
INSERT INTO "push" VALUES(23,7,'900430',3,'2026-11-30T01:04:22.425214Z','2026-11-30T01:04:22.425214Z',0,0,'accepted','','','2026-11-30T01:04:22.452598Z',NULL);
INSERT INTO "push" VALUES(24,14,'22142605386010',5,'2026-11-30T01:04:30.637176Z','2026-11-30T01:04:30.637176Z',8,10,'accepted','','','2026-11-30T01:04:30.686209Z',NULL);
INSERT INTO "push" VALUES(25,13,'22142605386010',6,'2026-11-30T01:04:30.637176Z','2026-11-30T01:04:30.637176Z',9,10,'accepted','','','2026-11-30T01:04:30.686209Z',NULL);
INSERT INTO "push" VALUES(26,12,'22142605386010',9,'2026-11-30T01:04:30.637176Z','2026-11-30T01:04:30.637176Z',10,10,'accepted','','','2026-11-30T01:04:30.686209Z',NULL);
INSERT INTO "push" VALUES(27,3,'658450',5,'2026-11-30T01:04:30.649473Z','2026-11-30T01:04:30.649473Z',9,10,'accepted','','','2026-11-30T01:04:30.682141Z',NULL);
INSERT INTO "push" VALUES(28,2,'658450',6,'2026-11-30T01:04:30.649473Z','2026-11-30T01:04:30.649473Z',10,10,'accepted','','','2026-11-30T01:04:30.682141Z',NULL);
INSERT INTO "push" VALUES(29,1,'658450',9,'2026-11-30T01:04:30.649473Z','2026-11-30T01:04:30.649473Z',9,10,'accepted','','','2026-11-30T01:04:30.682141Z',NULL);
INSERT INTO "push" VALUES(30,8,'900430',5,'2026-11-30T01:04:30.657116Z','2026-11-30T01:04:30.657116Z',8,10,'accepted','','','2026-11-30T01:04:30.690003Z',NULL);
INSERT INTO "push" VALUES(31,9,'900430',6,'2026-11-30T01:04:30.657116Z','2026-11-30T01:04:30.657116Z',7,10,'accepted','','','2026-11-30T01:04:30.690003Z',NULL);
INSERT INTO "push" VALUES(32,10,'900430',9,'2026-11-30T01:04:30.657116Z','2026-11-30T01:04:30.657116Z',10,10,'accepted','','','2026-11-30T01:04:30.690003Z',NULL);
INSERT INTO "push" VALUES(33,2,'658450',7,'2026-11-30T01:04:33.837292Z','2026-11-30T01:04:33.837292Z',6,6,'accepted','','','2026-11-30T01:04:33.868051Z',NULL);
INSERT INTO "push" VALUES(34,9,'900430',7,'2026-11-30T01:04:33.845359Z','2026-11-30T01:04:33.845359Z',6,6,'accepted','','','2026-11-30T01:04:33.871849Z',NULL);
INSERT INTO "push" VALUES(35,13,'22142605386010',4,'2026-11-30T01:04:46.397280Z','2026-11-30T01:04:46.397280Z',7,7,'accepted','','','2026-11-30T01:04:46.462251Z',NULL);
INSERT INTO "push" VALUES(36,12,'22142605386010',8,'2026-11-30T01:04:46.397280Z','2026-11-30T01:04:46.397280Z',9,9,'accepted','','','2026-11-30T01:04:46.462251Z',NULL);
INSERT INTO "push" VALUES(37,2,'658450',4,'2026-11-30T01:04:46.417143Z','2026-11-30T01:04:46.417143Z',7,7,'accepted','','','2026-11-30T01:04:46.470468Z',NULL);
INSERT INTO "push" VALUES(38,1,'658450',8,'2026-11-30T01:04:46.417143Z','2026-11-30T01:04:46.417143Z',9,9,'accepted','','','2026-11-30T01:04:46.470468Z',NULL);
INSERT INTO "push" VALUES(39,9,'900430',4,'2026-11-30T01:04:46.429235Z','2026-11-30T01:04:46.429235Z',7,7,'accepted','','','2026-11-30T01:04:46.484691Z',NULL);
INSERT INTO "push" VALUES(40,10,'900430',8,'2026-11-30T01:04:46.429235Z','2026-11-30T01:04:46.429235Z',9,9,'accepted','','','2026-11-30T01:04:46.484691Z',NULL);
INSERT INTO "push" VALUES(41,13,'22142605386010',0,'2026-11-30T01:04:51.412440Z','2026-11-30T01:04:51.412440Z',4,4,NULL,'','',NULL,NULL);
INSERT INTO "push" VALUES(42,2,'658450',0,'2026-11-30T01:04:51.426361Z','2026-11-30T01:04:51.426361Z',4,4,NULL,'','',NULL,NULL);
INSERT INTO "push" VALUES(43,9,'900430',0,'2026-11-30T01:04:51.448558Z','2026-11-30T01:04:51.448558Z',4,4,NULL,'','',NULL,NULL);
CREATE TABLE returns (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account,
    return_id TEXT NOT NULL,
    order_id TEXT,
    listing_id INTEGER REFERENCES listing,
    offer_id TEXT NOT NULL DEFAULT '',
    keys TEXT NOT NULL,
    step TEXT NOT NULL CHECK (step IN ('expected', 'received', 'never', 'unknown')),
    status TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    condition TEXT,
    replaces TEXT,
    created_at TEXT,
    received_at TEXT,
    first_seen_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    -- Received before the book began: it moved nothing and never will.
    history INTEGER NOT NULL DEFAULT 0 CHECK (history IN (0, 1)),
    -- Units of the listing brought to the seller, as booked; and what a person did with them.
    booked INTEGER NOT NULL DEFAULT 0 CHECK (booked >= 0),
    restocked INTEGER NOT NULL DEFAULT 0 CHECK (restocked >= 0),
    written_off INTEGER NOT NULL DEFAULT 0 CHECK (written_off >= 0),
    -- The shelf it goes back to.
    warehouse_id INTEGER REFERENCES warehouse,
    CHECK (restocked + written_off <= booked),
    UNIQUE (account_id, return_id)
) STRICT;
INSERT INTO "returns" VALUES(1,3,'1000000016/BELT-03/M','40000000010',8,'BELT-03/M','["offer:BELT-03/M"]','expected','RETURN/IN_TRANSIT',1,NULL,NULL,'2026-11-30T01:04:34.000000Z',NULL,'2026-11-30T01:04:36.928179Z','2026-11-30T01:04:46.021130Z',0,0,0,0,1);
INSERT INTO "returns" VALUES(2,1,'1000000015','48215008-0008-1',14,'BELT-03/M','["sku:2600100003", "offer:BELT-03/M"]','received','ReceivedBySeller',2,NULL,NULL,'2026-11-30T01:04:34.376000Z','2026-11-30T01:04:34.390000Z','2026-11-30T01:04:36.936125Z','2026-11-30T01:04:46.022547Z',0,2,0,0,1);
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account,
    job TEXT NOT NULL,
    began_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    ok INTEGER NOT NULL CHECK (ok IN (0, 1)),
    error_kind TEXT,
    message TEXT,
    -- JSON object of counts.
    counts TEXT NOT NULL DEFAULT '{}'
) STRICT;
INSERT INTO "run" VALUES(1,1,'catalog','2026-11-30T01:04:01.647169Z','2026-11-30T01:04:02.395887Z',1,NULL,NULL,'{"listings":7,"listings_new":7,"products_new":1}');
INSERT INTO "run" VALUES(2,2,'catalog','2026-11-30T01:04:01.958171Z','2026-11-30T01:04:02.395887Z',1,NULL,NULL,'{"listings":6,"listings_new":6,"products_new":6}');
INSERT INTO "run" VALUES(3,3,'catalog','2026-11-30T01:04:01.966996Z','2026-11-30T01:04:02.395887Z',1,NULL,NULL,'{"listings":6,"listings_new":6,"products_new":1}');
INSERT INTO "run" VALUES(4,1,'orders','2026-11-30T01:04:05.257435Z','2026-11-30T01:04:06.216626Z',1,NULL,NULL,'{}');
INSERT INTO "run" VALUES(5,2,'orders','2026-11-30T01:04:05.289215Z','2026-11-30T01:04:06.216626Z',1,NULL,NULL,'{}');
INSERT INTO "run" VALUES(6,3,'orders','2026-11-30T01:04:05.289326Z','2026-11-30T01:04:06.216626Z',1,NULL,NULL,'{}');
INSERT INTO "run" VALUES(7,1,'returns','2026-11-30T01:04:08.137922Z','2026-11-30T01:04:08.649548Z',1,NULL,NULL,'{}');
INSERT INTO "run" VALUES(8,2,'returns','2026-11-30T01:04:08.139447Z','2026-11-30T01:04:08.649548Z',1,NULL,NULL,'{}');
INSERT INTO "run" VALUES(9,3,'returns','2026-11-30T01:04:08.139526Z','2026-11-30T01:04:08.649548Z',1,NULL,NULL,'{}');
INSERT INTO "run" VALUES(10,1,'orders','2026-11-30T01:04:11.325135Z','2026-11-30T01:04:11.988198Z',1,NULL,NULL,'{"pushed":6}');
INSERT INTO "run" VALUES(11,1,'returns','2026-11-30T01:04:11.640167Z','2026-11-30T01:04:11.988198Z',1,NULL,NULL,'{"pushed":6}');
INSERT INTO "run" VALUES(12,1,'reserves','2026-11-30T01:04:11.708345Z','2026-11-30T01:04:11.988198Z',1,NULL,NULL,'{"pushed":6}');
INSERT INTO "run" VALUES(13,1,'push','2026-11-30T01:04:11.839435Z','2026-11-30T01:04:11.988198Z',1,NULL,NULL,'{"pushed":6}');
INSERT INTO "run" VALUES(14,2,'orders','2026-11-30T01:04:11.325302Z','2026-11-30T01:04:11.988198Z',1,NULL,NULL,'{"pushed":6}');
INSERT INTO "run" VALUES(15,2,'returns','2026-11-30T01:04:11.640456Z','2026-11-30T01:04:11.988198Z',1,NULL,NULL,'{"pushed":6}');
INSERT INTO "run" VALUES(16,2,'reserves','2026-11-30T01:04:11.708412Z','2026-11-30T01:04:11.988198Z',1,NULL,NULL,'{"pushed":6}');
INSERT INTO "run" VALUES(17,2,'push','2026-11-30T01:04:11.877008Z','2026-11-30T01:04:11.988198Z',1,NULL,NULL,'{"pushed":6}');
INSERT INTO "run" VALUES(18,3,'orders','2026-11-30T01:04:11.325419Z','2026-11-30T01:04:11.988198Z',1,NULL,NULL,'{"read":3,"pushed":5}');
INSERT INTO "run" VALUES(19,3,'returns','2026-11-30T01:04:11.640528Z','2026-11-30T01:04:11.988198Z',1,NULL,NULL,'{"read":3,"pushed":5}');
INSERT INTO "run" VALUES(20,3,'reserves','2026-11-30T01:04:11.708468Z','2026-11-30T01:04:11.988198Z',1,NULL,NULL,'{"read":3,"pushed":5}');
INSERT INTO "run" VALUES(21,3,'push','2026-11-30T01:04:11.892069Z','2026-11-30T01:04:11.988198Z',1,NULL,NULL,'{"read":3,"pushed":5}');
INSERT INTO "run" VALUES(22,1,'orders','2026-11-30T01:04:14.056206Z','2026-11-30T01:04:14.445360Z',1,NULL,NULL,'{"waiting":1}');
INSERT INTO "run" VALUES(23,1,'returns','2026-11-30T01:04:14.280239Z','2026-11-30T01:04:14.445360Z',1,NULL,NULL,'{"waiting":1}');
INSERT INTO "run" VALUES(24,1,'push','2026-11-30T01:04:14.445159Z','2026-11-30T01:04:14.445360Z',1,NULL,NULL,'{"waiting":1}');
INSERT INTO "run" VALUES(25,2,'orders','2026-11-30T01:04:14.056315Z','2026-11-30T01:04:14.445360Z',1,NULL,NULL,'{"waiting":1,"pushed":1}');
INSERT INTO "run" VALUES(26,2,'returns','2026-11-30T01:04:14.280641Z','2026-11-30T01:04:14.445360Z',1,NULL,NULL,'{"waiting":1,"pushed":1}');
INSERT INTO "run" VALUES(27,2,'push','2026-11-30T01:04:14.329930Z','2026-11-30T01:04:14.445360Z',1,NULL,NULL,'{"waiting":1,"pushed":1}');
INSERT INTO "run" VALUES(28,3,'orders','2026-11-30T01:04:14.056377Z','2026-11-30T01:04:14.445360Z',1,NULL,NULL,'{"waiting":1,"pushed":1}');
INSERT INTO "run" VALUES(29,3,'returns','2026-11-30T01:04:14.280803Z','2026-11-30T01:04:14.445360Z',1,NULL,NULL,'{"waiting":1,"pushed":1}');
INSERT INTO "run" VALUES(30,3,'push','2026-11-30T01:04:14.345349Z','2026-11-30T01:04:14.445360Z',1,NULL,NULL,'{"waiting":1,"pushed":1}');
INSERT INTO "run" VALUES(31,1,'orders','2026-11-30T01:04:16.284465Z','2026-11-30T01:04:17.117899Z',1,NULL,NULL,'{"read":6,"waiting":1}');
INSERT INTO "run" VALUES(32,1,'returns','2026-11-30T01:04:16.748235Z','2026-11-30T01:04:17.117899Z',1,NULL,NULL,'{"read":6,"waiting":1}');
INSERT INTO "run" VALUES(33,1,'reserves','2026-11-30T01:04:16.924584Z','2026-11-30T01:04:17.117899Z',1,NULL,NULL,'{"read":6,"waiting":1}');
INSERT INTO "run" VALUES(34,1,'push','2026-11-30T01:04:17.117639Z','2026-11-30T01:04:17.117899Z',1,NULL,NULL,'{"read":6,"waiting":1}');
INSERT INTO "run" VALUES(35,2,'orders','2026-11-30T01:04:16.284587Z','2026-11-30T01:04:17.117899Z',1,NULL,NULL,'{"read":6,"waiting":1}');
INSERT INTO "run" VALUES(36,2,'returns','2026-11-30T01:04:16.748728Z','2026-11-30T01:04:17.117899Z',1,NULL,NULL,'{"read":6,"waiting":1}');
INSERT INTO "run" VALUES(37,2,'reserves','2026-11-30T01:04:16.924641Z','2026-11-30T01:04:17.117899Z',1,NULL,NULL,'{"read":6,"waiting":1}');
INSERT INTO "run" VALUES(38,2,'push','2026-11-30T01:04:17.117765Z','2026-11-30T01:04:17.117899Z',1,NULL,NULL,'{"read":6,"waiting":1}');
INSERT INTO "run" VALUES(39,3,'orders','2026-11-30T01:04:16.284655Z','2026-11-30T01:04:17.117899Z',1,NULL,NULL,'{"read":5,"waiting":1}');
INSERT INTO "run" VALUES(40,3,'returns','2026-11-30T01:04:16.748905Z','2026-11-30T01:04:17.117899Z',1,NULL,NULL,'{"read":5,"waiting":1}');
INSERT INTO "run" VALUES(41,3,'reserves','2026-11-30T01:04:16.924665Z','2026-11-30T01:04:17.117899Z',1,NULL,NULL,'{"read":5,"waiting":1}');
INSERT INTO "run" VALUES(42,3,'push','2026-11-30T01:04:17.117822Z','2026-11-30T01:04:17.117899Z',1,NULL,NULL,'{"read":5,"waiting":1}');
INSERT INTO "run" VALUES(43,1,'orders','2026-11-30T01:04:19.487383Z','2026-11-30T01:04:20.066501Z',1,NULL,NULL,'{"waiting":1,"pushed":1,"pending":1}');
INSERT INTO "run" VALUES(44,1,'returns','2026-11-30T01:04:19.954663Z','2026-11-30T01:04:20.066501Z',1,NULL,NULL,'{"waiting":1,"pushed":1,"pending":1}');
INSERT INTO "run" VALUES(45,1,'push','2026-11-30T01:04:20.045485Z','2026-11-30T01:04:20.066501Z',1,NULL,NULL,'{"waiting":1,"pushed":1,"pending":1}');
INSERT INTO "run" VALUES(46,2,'orders','2026-11-30T01:04:19.487564Z','2026-11-30T01:04:20.066501Z',1,NULL,NULL,'{"waiting":1}');
INSERT INTO "run" VALUES(47,2,'returns','2026-11-30T01:04:19.954923Z','2026-11-30T01:04:20.066501Z',1,NULL,NULL,'{"waiting":1}');
INSERT INTO "run" VALUES(48,2,'push','2026-11-30T01:04:20.066389Z','2026-11-30T01:04:20.066501Z',1,NULL,NULL,'{"waiting":1}');
INSERT INTO "run" VALUES(49,3,'orders','2026-11-30T01:04:19.487687Z','2026-11-30T01:04:20.066501Z',1,NULL,NULL,'{"waiting":1}');
INSERT INTO "run" VALUES(50,3,'returns','2026-11-30T01:04:19.955015Z','2026-11-30T01:04:20.066501Z',1,NULL,NULL,'{"waiting":1}');
INSERT INTO "run" VALUES(51,3,'push','2026-11-30T01:04:20.066434Z','2026-11-30T01:04:20.066501Z',1,NULL,NULL,'{"waiting":1}');
INSERT INTO "run" VALUES(52,1,'orders','2026-11-30T01:04:21.856865Z','2026-11-30T01:04:22.494025Z',1,NULL,NULL,'{"read":7,"pushed":1}');
INSERT INTO "run" VALUES(53,1,'returns','2026-11-30T01:04:22.272433Z','2026-11-30T01:04:22.494025Z',1,NULL,NULL,'{"read":7,"pushed":1}');
INSERT INTO "run" VALUES(54,1,'reserves','2026-11-30T01:04:22.297560Z','2026-11-30T01:04:22.494025Z',1,NULL,NULL,'{"read":7,"pushed":1}');
INSERT INTO "run" VALUES(55,1,'push','2026-11-30T01:04:22.379152Z','2026-11-30T01:04:22.494025Z',1,NULL,NULL,'{"read":7,"pushed":1}');
INSERT INTO "run" VALUES(56,2,'orders','2026-11-30T01:04:21.856655Z','2026-11-30T01:04:22.494025Z',1,NULL,NULL,'{"read":7,"pushed":1}');
INSERT INTO "run" VALUES(57,2,'returns','2026-11-30T01:04:22.272720Z','2026-11-30T01:04:22.494025Z',1,NULL,NULL,'{"read":7,"pushed":1}');
INSERT INTO "run" VALUES(58,2,'reserves','2026-11-30T01:04:22.297615Z','2026-11-30T01:04:22.494025Z',1,NULL,NULL,'{"read":7,"pushed":1}');
INSERT INTO "run" VALUES(59,2,'push','2026-11-30T01:04:22.380557Z','2026-11-30T01:04:22.494025Z',1,NULL,NULL,'{"read":7,"pushed":1}');
INSERT INTO "run" VALUES(60,3,'orders','2026-11-30T01:04:21.856788Z','2026-11-30T01:04:22.494025Z',1,NULL,NULL,'{"read":6,"pushed":1}');
INSERT INTO "run" VALUES(61,3,'returns','2026-11-30T01:04:22.272797Z','2026-11-30T01:04:22.494025Z',1,NULL,NULL,'{"read":6,"pushed":1}');
INSERT INTO "run" VALUES(62,3,'reserves','2026-11-30T01:04:22.297647Z','2026-11-30T01:04:22.494025Z',1,NULL,NULL,'{"read":6,"pushed":1}');
INSERT INTO "run" VALUES(63,3,'push','2026-11-30T01:04:22.381595Z','2026-11-30T01:04:22.494025Z',1,NULL,NULL,'{"read":6,"pushed":1}');
INSERT INTO "run" VALUES(64,1,'orders','2026-11-30T01:04:24.479375Z','2026-11-30T01:04:24.981507Z',1,NULL,NULL,'{}');
INSERT INTO "run" VALUES(65,1,'returns','2026-11-30T01:04:24.848037Z','2026-11-30T01:04:24.981507Z',1,NULL,NULL,'{}');
INSERT INTO "run" VALUES(66,1,'push','2026-11-30T01:04:24.981311Z','2026-11-30T01:04:24.981507Z',1,NULL,NULL,'{}');
INSERT INTO "run" VALUES(67,2,'orders','2026-11-30T01:04:24.479549Z','2026-11-30T01:04:24.981507Z',1,NULL,NULL,'{}');
INSERT INTO "run" VALUES(68,2,'returns','2026-11-30T01:04:24.848453Z','2026-11-30T01:04:24.981507Z',1,NULL,NULL,'{}');
INSERT INTO "run" VALUES(69,2,'push','2026-11-30T01:04:24.981408Z','2026-11-30T01:04:24.981507Z',1,NULL,NULL,'{}');
INSERT INTO "run" VALUES(70,3,'orders','2026-11-30T01:04:24.479667Z','2026-11-30T01:04:24.981507Z',1,NULL,NULL,'{}');
INSERT INTO "run" VALUES(71,3,'returns','2026-11-30T01:04:24.848536Z','2026-11-30T01:04:24.981507Z',1,NULL,NULL,'{}');
INSERT INTO "run" VALUES(72,3,'push','2026-11-30T01:04:24.981446Z','2026-11-30T01:04:24.981507Z',1,NULL,NULL,'{}');
INSERT INTO "run" VALUES(73,1,'orders','2026-11-30T01:04:27.208675Z','2026-11-30T01:04:28.099861Z',1,NULL,NULL,'{"read":6}');
INSERT INTO "run" VALUES(74,1,'returns','2026-11-30T01:04:27.820124Z','2026-11-30T01:04:28.099861Z',1,NULL,NULL,'{"read":6}');
INSERT INTO "run" VALUES(75,1,'reserves','2026-11-30T01:04:27.972675Z','2026-11-30T01:04:28.099861Z',1,NULL,NULL,'{"read":6}');
INSERT INTO "run" VALUES(76,1,'push','2026-11-30T01:04:28.099528Z','2026-11-30T01:04:28.099861Z',1,NULL,NULL,'{"read":6}');
INSERT INTO "run" VALUES(77,2,'orders','2026-11-30T01:04:27.208967Z','2026-11-30T01:04:28.099861Z',1,NULL,NULL,'{"read":6}');
INSERT INTO "run" VALUES(78,2,'returns','2026-11-30T01:04:27.820618Z','2026-11-30T01:04:28.099861Z',1,NULL,NULL,'{"read":6}');
INSERT INTO "run" VALUES(79,2,'reserves','2026-11-30T01:04:27.972753Z','2026-11-30T01:04:28.099861Z',1,NULL,NULL,'{"read":6}');
INSERT INTO "run" VALUES(80,2,'push','2026-11-30T01:04:28.099653Z','2026-11-30T01:04:28.099861Z',1,NULL,NULL,'{"read":6}');
INSERT INTO "run" VALUES(81,3,'orders','2026-11-30T01:04:27.209131Z','2026-11-30T01:04:28.099861Z',1,NULL,NULL,'{"read":5}');
INSERT INTO "run" VALUES(82,3,'returns','2026-11-30T01:04:27.820712Z','2026-11-30T01:04:28.099861Z',1,NULL,NULL,'{"read":5}');
INSERT INTO "run" VALUES(83,3,'reserves','2026-11-30T01:04:27.972791Z','2026-11-30T01:04:28.099861Z',1,NULL,NULL,'{"read":5}');
INSERT INTO "run" VALUES(84,3,'push','2026-11-30T01:04:28.099706Z','2026-11-30T01:04:28.099861Z',1,NULL,NULL,'{"read":5}');
INSERT INTO "run" VALUES(85,1,'orders','2026-11-30T01:04:30.097885Z','2026-11-30T01:04:30.731408Z',1,NULL,NULL,'{"orders":9,"orders_new":3,"waiting":1,"pushed":3,"read":1}');
INSERT INTO "run" VALUES(86,1,'returns','2026-11-30T01:04:30.517540Z','2026-11-30T01:04:30.731408Z',1,NULL,NULL,'{"orders":9,"orders_new":3,"waiting":1,"pushed":3,"read":1}');
INSERT INTO "run" VALUES(87,1,'push','2026-11-30T01:04:30.637152Z','2026-11-30T01:04:30.731408Z',1,NULL,NULL,'{"orders":9,"orders_new":3,"waiting":1,"pushed":3,"read":1}');
INSERT INTO "run" VALUES(88,2,'orders','2026-11-30T01:04:30.097991Z','2026-11-30T01:04:30.731408Z',1,NULL,NULL,'{"orders":6,"orders_new":2,"pushed":3}');
INSERT INTO "run" VALUES(89,2,'returns','2026-11-30T01:04:30.517873Z','2026-11-30T01:04:30.731408Z',1,NULL,NULL,'{"orders":6,"orders_new":2,"pushed":3}');
INSERT INTO "run" VALUES(90,2,'push','2026-11-30T01:04:30.649438Z','2026-11-30T01:04:30.731408Z',1,NULL,NULL,'{"orders":6,"orders_new":2,"pushed":3}');
INSERT INTO "run" VALUES(91,3,'orders','2026-11-30T01:04:30.098156Z','2026-11-30T01:04:30.731408Z',1,NULL,NULL,'{"orders":6,"orders_new":2,"pushed":3}');
INSERT INTO "run" VALUES(92,3,'returns','2026-11-30T01:04:30.517995Z','2026-11-30T01:04:30.731408Z',1,NULL,NULL,'{"orders":6,"orders_new":2,"pushed":3}');
INSERT INTO "run" VALUES(93,3,'push','2026-11-30T01:04:30.657086Z','2026-11-30T01:04:30.731408Z',1,NULL,NULL,'{"orders":6,"orders_new":2,"pushed":3}');
INSERT INTO "run" VALUES(94,1,'orders','2026-11-30T01:04:32.815271Z','2026-11-30T01:04:33.922252Z',1,NULL,NULL,'{"orders":6,"movements":1,"orders_changed":2,"read":6}');
INSERT INTO "run" VALUES(95,1,'returns','2026-11-30T01:04:33.431864Z','2026-11-30T01:04:33.922252Z',1,NULL,NULL,'{"orders":6,"movements":1,"orders_changed":2,"read":6}');
INSERT INTO "run" VALUES(96,1,'reserves','2026-11-30T01:04:33.528723Z','2026-11-30T01:04:33.922252Z',1,NULL,NULL,'{"orders":6,"movements":1,"orders_changed":2,"read":6}');
INSERT INTO "run" VALUES(97,1,'push','2026-11-30T01:04:33.921963Z','2026-11-30T01:04:33.922252Z',1,NULL,NULL,'{"orders":6,"movements":1,"orders_changed":2,"read":6}');
INSERT INTO "run" VALUES(98,2,'orders','2026-11-30T01:04:32.815395Z','2026-11-30T01:04:33.922252Z',1,NULL,NULL,'{"orders":6,"movements":1,"orders_changed":1,"read":6,"pushed":1}');
INSERT INTO "run" VALUES(99,2,'returns','2026-11-30T01:04:33.432312Z','2026-11-30T01:04:33.922252Z',1,NULL,NULL,'{"orders":6,"movements":1,"orders_changed":1,"read":6,"pushed":1}');
INSERT INTO "run" VALUES(100,2,'reserves','2026-11-30T01:04:33.528968Z','2026-11-30T01:04:33.922252Z',1,NULL,NULL,'{"orders":6,"movements":1,"orders_changed":1,"read":6,"pushed":1}');
INSERT INTO "run" VALUES(101,2,'push','2026-11-30T01:04:33.837268Z','2026-11-30T01:04:33.922252Z',1,NULL,NULL,'{"orders":6,"movements":1,"orders_changed":1,"read":6,"pushed":1}');
INSERT INTO "run" VALUES(102,3,'orders','2026-11-30T01:04:32.815473Z','2026-11-30T01:04:33.922252Z',1,NULL,NULL,'{"orders":6,"movements":1,"orders_changed":1,"read":5,"pushed":1}');
INSERT INTO "run" VALUES(103,3,'returns','2026-11-30T01:04:33.432483Z','2026-11-30T01:04:33.922252Z',1,NULL,NULL,'{"orders":6,"movements":1,"orders_changed":1,"read":5,"pushed":1}');
INSERT INTO "run" VALUES(104,3,'reserves','2026-11-30T01:04:33.529031Z','2026-11-30T01:04:33.922252Z',1,NULL,NULL,'{"orders":6,"movements":1,"orders_changed":1,"read":5,"pushed":1}');
INSERT INTO "run" VALUES(105,3,'push','2026-11-30T01:04:33.845334Z','2026-11-30T01:04:33.922252Z',1,NULL,NULL,'{"orders":6,"movements":1,"orders_changed":1,"read":5,"pushed":1}');
INSERT INTO "run" VALUES(106,1,'orders','2026-11-30T01:04:36.152930Z','2026-11-30T01:04:37.333264Z',1,NULL,NULL,'{"orders":6,"returns":1,"returns_new":1,"returns_received":2,"movements":1,"read":6}');
INSERT INTO "run" VALUES(107,1,'returns','2026-11-30T01:04:36.888301Z','2026-11-30T01:04:37.333264Z',1,NULL,NULL,'{"orders":6,"returns":1,"returns_new":1,"returns_received":2,"movements":1,"read":6}');
INSERT INTO "run" VALUES(108,1,'reserves','2026-11-30T01:04:37.016515Z','2026-11-30T01:04:37.333264Z',1,NULL,NULL,'{"orders":6,"returns":1,"returns_new":1,"returns_received":2,"movements":1,"read":6}');
INSERT INTO "run" VALUES(109,1,'push','2026-11-30T01:04:37.333047Z','2026-11-30T01:04:37.333264Z',1,NULL,NULL,'{"orders":6,"returns":1,"returns_new":1,"returns_received":2,"movements":1,"read":6}');
INSERT INTO "run" VALUES(110,2,'orders','2026-11-30T01:04:36.153089Z','2026-11-30T01:04:37.333264Z',1,NULL,NULL,'{"orders":4,"read":6}');
INSERT INTO "run" VALUES(111,2,'returns','2026-11-30T01:04:36.888562Z','2026-11-30T01:04:37.333264Z',1,NULL,NULL,'{"orders":4,"read":6}');
INSERT INTO "run" VALUES(112,2,'reserves','2026-11-30T01:04:37.016571Z','2026-11-30T01:04:37.333264Z',1,NULL,NULL,'{"orders":4,"read":6}');
INSERT INTO "run" VALUES(113,2,'push','2026-11-30T01:04:37.333153Z','2026-11-30T01:04:37.333264Z',1,NULL,NULL,'{"orders":4,"read":6}');
INSERT INTO "run" VALUES(114,3,'orders','2026-11-30T01:04:36.153210Z','2026-11-30T01:04:37.333264Z',1,NULL,NULL,'{"orders":4,"returns":1,"returns_new":1,"read":5}');
INSERT INTO "run" VALUES(115,3,'returns','2026-11-30T01:04:36.888651Z','2026-11-30T01:04:37.333264Z',1,NULL,NULL,'{"orders":4,"returns":1,"returns_new":1,"read":5}');
INSERT INTO "run" VALUES(116,3,'reserves','2026-11-30T01:04:37.016598Z','2026-11-30T01:04:37.333264Z',1,NULL,NULL,'{"orders":4,"returns":1,"returns_new":1,"read":5}');
INSERT INTO "run" VALUES(117,3,'push','2026-11-30T01:04:37.333196Z','2026-11-30T01:04:37.333264Z',1,NULL,NULL,'{"orders":4,"returns":1,"returns_new":1,"read":5}');
INSERT INTO "run" VALUES(118,1,'returns','2026-11-30T01:04:39.778667Z','2026-11-30T01:04:40.180629Z',1,NULL,NULL,'{"returns":1}');
INSERT INTO "run" VALUES(119,2,'returns','2026-11-30T01:04:39.794799Z','2026-11-30T01:04:40.180629Z',1,NULL,NULL,'{}');
INSERT INTO "run" VALUES(120,3,'returns','2026-11-30T01:04:39.795017Z','2026-11-30T01:04:40.180629Z',1,NULL,NULL,'{"returns":1}');
INSERT INTO "run" VALUES(121,1,'orders','2026-11-30T01:04:45.360878Z','2026-11-30T01:04:46.618468Z',1,NULL,NULL,'{"orders":9,"returns":1,"read":6,"pushed":2}');
INSERT INTO "run" VALUES(122,1,'returns','2026-11-30T01:04:45.936978Z','2026-11-30T01:04:46.618468Z',1,NULL,NULL,'{"orders":9,"returns":1,"read":6,"pushed":2}');
INSERT INTO "run" VALUES(123,1,'reserves','2026-11-30T01:04:46.049583Z','2026-11-30T01:04:46.618468Z',1,NULL,NULL,'{"orders":9,"returns":1,"read":6,"pushed":2}');
INSERT INTO "run" VALUES(124,1,'push','2026-11-30T01:04:46.397259Z','2026-11-30T01:04:46.618468Z',1,NULL,NULL,'{"orders":9,"returns":1,"read":6,"pushed":2}');
INSERT INTO "run" VALUES(125,2,'orders','2026-11-30T01:04:45.361049Z','2026-11-30T01:04:46.618468Z',1,NULL,NULL,'{"orders":6,"read":6,"pushed":2}');
INSERT INTO "run" VALUES(126,2,'returns','2026-11-30T01:04:45.937258Z','2026-11-30T01:04:46.618468Z',1,NULL,NULL,'{"orders":6,"read":6,"pushed":2}');
INSERT INTO "run" VALUES(127,2,'reserves','2026-11-30T01:04:46.049636Z','2026-11-30T01:04:46.618468Z',1,NULL,NULL,'{"orders":6,"read":6,"pushed":2}');
INSERT INTO "run" VALUES(128,2,'push','2026-11-30T01:04:46.417112Z','2026-11-30T01:04:46.618468Z',1,NULL,NULL,'{"orders":6,"read":6,"pushed":2}');
INSERT INTO "run" VALUES(129,3,'orders','2026-11-30T01:04:45.361177Z','2026-11-30T01:04:46.618468Z',1,NULL,NULL,'{"orders":6,"returns":1,"read":5,"pushed":2}');
INSERT INTO "run" VALUES(130,3,'returns','2026-11-30T01:04:45.937337Z','2026-11-30T01:04:46.618468Z',1,NULL,NULL,'{"orders":6,"returns":1,"read":5,"pushed":2}');
INSERT INTO "run" VALUES(131,3,'reserves','2026-11-30T01:04:46.049660Z','2026-11-30T01:04:46.618468Z',1,NULL,NULL,'{"orders":6,"returns":1,"read":5,"pushed":2}');
INSERT INTO "run" VALUES(132,3,'push','2026-11-30T01:04:46.429202Z','2026-11-30T01:04:46.618468Z',1,NULL,NULL,'{"orders":6,"returns":1,"read":5,"pushed":2}');
CREATE TABLE shown (
    listing_id INTEGER NOT NULL REFERENCES listing ON DELETE CASCADE,
    external_warehouse TEXT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES account,
    -- What it should show; NULL: unknown or not ours to say, nothing is pushed.
    target INTEGER CHECK (target >= 0),
    -- What it is believed to show: between these two; both NULL: nothing is known.
    low INTEGER CHECK (low >= 0),
    high INTEGER CHECK (high >= low),
    -- The push or reading which the belief rests on happened between these moments.
    believed_since TEXT,
    believed_until TEXT,
    -- Last accepted.
    pushed INTEGER,
    pushed_at TEXT,
    -- The push in flight, or one that ended without an answer; NULL: none.
    push_id INTEGER REFERENCES push,
    -- Own orders and cancellations that turned up while it was in flight.
    flight_sold INTEGER NOT NULL DEFAULT 0 CHECK (flight_sold >= 0),
    flight_back INTEGER NOT NULL DEFAULT 0 CHECK (flight_back >= 0),
    -- Last read back.
    seen INTEGER,
    seen_reserved INTEGER,
    seen_at TEXT,
    -- Not to be sent before: the marketplace's rule on repeats, or a refusal set aside.
    due_at TEXT,
    refused_code TEXT,
    refused_message TEXT,
    refused_at TEXT,
    refusals INTEGER NOT NULL DEFAULT 0 CHECK (refusals >= 0),
    -- Not to be raised before: it holds more than the book can explain.
    hold_until TEXT,
    CHECK ((low IS NULL) = (high IS NULL)),
    CHECK ((low IS NULL) = (believed_since IS NULL) AND (low IS NULL) = (believed_until IS NULL)),
    CHECK ((pushed IS NULL) = (pushed_at IS NULL)),
    CHECK ((seen IS NULL) = (seen_at IS NULL)),
    PRIMARY KEY (listing_id, external_warehouse)
) STRICT, WITHOUT ROWID;
INSERT INTO "shown" VALUES(1,'658450',2,8,8,8,'2026-11-30T01:04:46.417143Z','2026-11-30T01:04:46.470468Z',8,'2026-11-30T01:04:46.470468Z',NULL,0,0,9,NULL,'2026-11-30T01:04:46.089567Z',NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "shown" VALUES(2,'658450',2,0,0,4,'2026-11-30T01:04:46.417143Z','2026-11-30T01:04:46.470468Z',4,'2026-11-30T01:04:46.470468Z',42,0,0,7,NULL,'2026-11-30T01:04:46.089567Z',NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "shown" VALUES(3,'658450',2,5,5,5,'2026-11-30T01:04:46.049640Z','2026-11-30T01:04:46.089567Z',5,'2026-11-30T01:04:30.682141Z',NULL,0,0,5,NULL,'2026-11-30T01:04:46.089567Z',NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "shown" VALUES(4,'658450',2,3,3,3,'2026-11-30T01:04:46.049640Z','2026-11-30T01:04:46.089567Z',3,'2026-11-30T01:04:22.446113Z',NULL,0,0,3,NULL,'2026-11-30T01:04:46.089567Z',NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "shown" VALUES(5,'658450',2,10,10,10,'2026-11-30T01:04:46.049640Z','2026-11-30T01:04:46.089567Z',10,'2026-11-30T01:04:11.914900Z',NULL,0,0,10,NULL,'2026-11-30T01:04:46.089567Z',NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "shown" VALUES(6,'658450',2,10,10,10,'2026-11-30T01:04:46.049640Z','2026-11-30T01:04:46.089567Z',10,'2026-11-30T01:04:11.914900Z',NULL,0,0,10,NULL,'2026-11-30T01:04:46.089567Z',NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "shown" VALUES(7,'900430',3,3,3,3,'2026-11-30T01:04:46.049663Z','2026-11-30T01:04:46.105533Z',3,'2026-11-30T01:04:22.452598Z',NULL,0,0,3,0,'2026-11-30T01:04:46.105533Z',NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "shown" VALUES(8,'900430',3,5,5,5,'2026-11-30T01:04:46.049663Z','2026-11-30T01:04:46.105533Z',5,'2026-11-30T01:04:30.690003Z',NULL,0,0,5,1,'2026-11-30T01:04:46.105533Z',NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "shown" VALUES(9,'900430',3,0,0,4,'2026-11-30T01:04:46.429235Z','2026-11-30T01:04:46.484691Z',4,'2026-11-30T01:04:46.484691Z',43,0,0,7,3,'2026-11-30T01:04:46.105533Z',NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "shown" VALUES(10,'900430',3,8,8,8,'2026-11-30T01:04:46.429235Z','2026-11-30T01:04:46.484691Z',8,'2026-11-30T01:04:46.484691Z',NULL,0,0,9,0,'2026-11-30T01:04:46.105533Z',NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "shown" VALUES(11,'900430',3,10,10,10,'2026-11-30T01:04:46.049663Z','2026-11-30T01:04:46.105533Z',10,'2026-11-30T01:04:11.916617Z',NULL,0,0,10,0,'2026-11-30T01:04:46.105533Z',NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "shown" VALUES(12,'22142605386010',1,8,8,8,'2026-11-30T01:04:46.397280Z','2026-11-30T01:04:46.462251Z',8,'2026-11-30T01:04:46.462251Z',NULL,0,0,9,0,'2026-11-30T01:04:46.080419Z','2026-11-30T01:04:46.562251Z',NULL,NULL,NULL,0,NULL);
INSERT INTO "shown" VALUES(13,'22142605386010',1,0,0,4,'2026-11-30T01:04:46.397280Z','2026-11-30T01:04:46.462251Z',4,'2026-11-30T01:04:46.462251Z',41,0,0,7,0,'2026-11-30T01:04:46.080419Z','2026-11-30T01:04:46.562251Z',NULL,NULL,NULL,0,NULL);
INSERT INTO "shown" VALUES(14,'22142605386010',1,5,5,5,'2026-11-30T01:04:46.049589Z','2026-11-30T01:04:46.080419Z',5,'2026-11-30T01:04:30.686209Z',NULL,0,0,5,0,'2026-11-30T01:04:46.080419Z','2026-11-30T01:04:30.786209Z',NULL,NULL,NULL,0,NULL);
INSERT INTO "shown" VALUES(15,'22142605386010',1,2,2,2,'2026-11-30T01:04:46.049589Z','2026-11-30T01:04:46.080419Z',4,'2026-11-30T01:04:22.434660Z',NULL,0,0,2,2,'2026-11-30T01:04:46.080419Z','2026-11-30T01:04:22.534660Z',NULL,NULL,NULL,0,NULL);
INSERT INTO "shown" VALUES(16,'22142605386010',1,10,10,10,'2026-11-30T01:04:46.049589Z','2026-11-30T01:04:46.080419Z',10,'2026-11-30T01:04:11.913115Z',NULL,0,0,10,0,'2026-11-30T01:04:46.080419Z','2026-11-30T01:04:12.013115Z',NULL,NULL,NULL,0,NULL);
INSERT INTO "shown" VALUES(17,'22142605386010',1,10,10,10,'2026-11-30T01:04:46.049589Z','2026-11-30T01:04:46.080419Z',10,'2026-11-30T01:04:11.913115Z',NULL,0,0,10,0,'2026-11-30T01:04:46.080419Z','2026-11-30T01:04:12.013115Z',NULL,NULL,NULL,0,NULL);
INSERT INTO "shown" VALUES(18,'900430',3,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "shown" VALUES(19,'22142605386010',1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL);
CREATE TABLE stock (
    product_id INTEGER NOT NULL REFERENCES product,
    warehouse_id INTEGER NOT NULL REFERENCES warehouse,
    on_hand INTEGER NOT NULL DEFAULT 0,
    reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    -- The last count; NULL: never counted, so what is on hand is unknown.
    counted_at TEXT,
    first_counted_at TEXT,
    PRIMARY KEY (product_id, warehouse_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "stock" VALUES(1,1,10,2,'2026-11-30T01:04:09.815049Z','2026-11-30T01:04:09.815049Z');
INSERT INTO "stock" VALUES(2,0,2,0,NULL,NULL);
INSERT INTO "stock" VALUES(2,1,7,2,'2026-11-30T01:04:09.815049Z','2026-11-30T01:04:09.815049Z');
INSERT INTO "stock" VALUES(3,1,2,3,'2026-11-30T01:04:47.849481Z','2026-11-30T01:04:09.815049Z');
INSERT INTO "stock" VALUES(4,1,8,0,'2026-11-30T01:04:09.815049Z','2026-11-30T01:04:09.815049Z');
INSERT INTO "stock" VALUES(5,1,10,0,'2026-11-30T01:04:09.815049Z','2026-11-30T01:04:09.815049Z');
INSERT INTO "stock" VALUES(6,1,10,0,'2026-11-30T01:04:09.815049Z','2026-11-30T01:04:09.815049Z');
INSERT INTO "stock" VALUES(7,1,10,0,'2026-11-30T01:04:09.815049Z','2026-11-30T01:04:09.815049Z');
INSERT INTO "stock" VALUES(8,1,10,0,'2026-11-30T01:04:09.815049Z','2026-11-30T01:04:09.815049Z');
CREATE TABLE warehouse (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),
    -- 1: nothing lay there before the book began, so what is on hand needs no count to be known.
    begins_empty INTEGER NOT NULL DEFAULT 0 CHECK (begins_empty IN (0, 1))
) STRICT;
INSERT INTO "warehouse" VALUES(0,'quarantine',1);
INSERT INTO "warehouse" VALUES(1,'main',0);
CREATE INDEX product_barcode_product ON product_barcode (product_id);
CREATE INDEX listing_offer ON listing (account_id, offer_id);
CREATE INDEX listing_key_listing ON listing_key (listing_id);
CREATE INDEX component_product ON component (product_id);
CREATE INDEX count_product ON count (product_id, warehouse_id, id);
CREATE TRIGGER count_is_final_update BEFORE UPDATE ON count
BEGIN SELECT RAISE(ABORT, 'a count is not rewritten: count again'); END;
CREATE TRIGGER count_is_final_delete BEFORE DELETE ON count
BEGIN SELECT RAISE(ABORT, 'a count is not deleted: count again'); END;
CREATE TRIGGER count_marks AFTER INSERT ON count
BEGIN
    INSERT INTO stock (product_id, warehouse_id, counted_at, first_counted_at)
    VALUES (NEW.product_id, NEW.warehouse_id, NEW.counted_at, NEW.counted_at)
    ON CONFLICT DO UPDATE SET
        counted_at = max(coalesce(counted_at, ''), excluded.counted_at),
        first_counted_at = coalesce(first_counted_at, excluded.first_counted_at);
END;
CREATE INDEX orders_open ON orders (account_id, created_at) WHERE NOT ended;
CREATE INDEX orders_unknown ON orders (account_id) WHERE step = 'unknown';
CREATE INDEX orders_created ON orders (created_at);
CREATE INDEX order_line_listing ON order_line (listing_id);
CREATE INDEX order_line_unlinked ON order_line (orders_id) WHERE listing_id IS NULL;
CREATE INDEX allocation_reserves ON allocation (product_id, warehouse_id) WHERE reserved > 0;
CREATE INDEX allocation_product ON allocation (product_id);
CREATE TRIGGER allocation_inserts AFTER INSERT ON allocation WHEN NEW.reserved <> 0
BEGIN
    INSERT INTO stock (product_id, warehouse_id, reserved)
    VALUES (NEW.product_id, NEW.warehouse_id, NEW.reserved)
    ON CONFLICT DO UPDATE SET reserved = reserved + excluded.reserved;
END;
CREATE TRIGGER allocation_updates AFTER UPDATE OF reserved ON allocation
WHEN NEW.reserved <> OLD.reserved
BEGIN
    INSERT INTO stock (product_id, warehouse_id, reserved)
    VALUES (NEW.product_id, NEW.warehouse_id, max(0, NEW.reserved - OLD.reserved))
    ON CONFLICT DO UPDATE SET reserved = reserved + NEW.reserved - OLD.reserved;
END;
CREATE TRIGGER allocation_deletes AFTER DELETE ON allocation WHEN OLD.reserved <> 0
BEGIN
    UPDATE stock SET reserved = reserved - OLD.reserved
    WHERE product_id = OLD.product_id AND warehouse_id = OLD.warehouse_id;
END;
CREATE INDEX returns_order ON returns (account_id, order_id);
CREATE INDEX returns_expected ON returns (account_id) WHERE step IN ('expected', 'unknown');
CREATE INDEX returns_waiting ON returns (account_id) WHERE booked > restocked + written_off;
CREATE INDEX shown_differs ON shown (account_id, external_warehouse)
WHERE target IS NOT NULL AND (low IS NOT target OR high IS NOT target);
CREATE INDEX shown_refused ON shown (account_id) WHERE refused_at IS NOT NULL;
CREATE INDEX shown_account ON shown (account_id, external_warehouse);
CREATE INDEX push_listing ON push (listing_id, external_warehouse, id);
CREATE INDEX push_unanswered ON push (id) WHERE verdict IS NULL;
CREATE TRIGGER stock_changes AFTER UPDATE ON stock
WHEN NEW.on_hand <> OLD.on_hand OR NEW.reserved <> OLD.reserved
    OR (NEW.counted_at IS NULL) <> (OLD.counted_at IS NULL)
BEGIN
    INSERT INTO dirty SELECT listing_id FROM component WHERE product_id = NEW.product_id
    ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER stock_begins AFTER INSERT ON stock
BEGIN
    INSERT INTO dirty SELECT listing_id FROM component WHERE product_id = NEW.product_id
    ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER product_changes AFTER UPDATE OF buffer ON product WHEN NEW.buffer IS NOT OLD.buffer
BEGIN
    INSERT INTO dirty SELECT listing_id FROM component WHERE product_id = NEW.id
    ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER component_begins AFTER INSERT ON component
BEGIN
    INSERT INTO dirty VALUES (NEW.listing_id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER component_changes AFTER UPDATE ON component
BEGIN
    INSERT INTO dirty VALUES (NEW.listing_id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER component_ends AFTER DELETE ON component
BEGIN
    INSERT INTO dirty VALUES (OLD.listing_id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER shown_begins AFTER INSERT ON shown
BEGIN
    INSERT INTO dirty VALUES (NEW.listing_id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER listing_archives AFTER UPDATE OF archived ON listing
WHEN NEW.archived <> OLD.archived
BEGIN
    INSERT INTO dirty VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
CREATE INDEX run_account ON run (account_id, job, id);
CREATE INDEX run_success ON run (account_id, job, id) WHERE ok;
CREATE INDEX shown_held ON shown (account_id) WHERE hold_until IS NOT NULL;
CREATE INDEX run_ended ON run (ended_at);
CREATE INDEX movement_product ON movement (product_id, warehouse_id, id);
CREATE TRIGGER movement_is_final_update BEFORE UPDATE ON movement
BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
CREATE TRIGGER movement_is_final_delete BEFORE DELETE ON movement
BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
CREATE TRIGGER movement_moves AFTER INSERT ON movement
BEGIN
    INSERT INTO stock (product_id, warehouse_id, on_hand)
    VALUES (NEW.product_id, NEW.warehouse_id, NEW.quantity)
    ON CONFLICT DO UPDATE SET on_hand = on_hand + excluded.on_hand;
END;
CREATE INDEX shown_above ON shown (account_id) WHERE seen > pushed;
CREATE INDEX shown_in_flight ON shown (account_id) WHERE push_id IS NOT NULL;
CREATE INDEX listing_not_auto ON listing (account_id) WHERE link <> 'auto';
CREATE UNIQUE INDEX notice_open ON notice (kind, subject) WHERE closed_at IS NULL;
CREATE INDEX notice_closed ON notice (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX notice_teller ON notice (teller) WHERE teller IS NOT NULL;
CREATE INDEX stock_oversold ON stock (product_id, warehouse_id)
WHERE counted_at IS NOT NULL AND reserved > on_hand;
CREATE INDEX product_policy ON product (policy) WHERE policy IS NOT NULL;
CREATE TRIGGER product_is_divided_differently AFTER UPDATE OF policy ON product
WHEN NEW.policy IS NOT OLD.policy
BEGIN
    INSERT INTO dirty SELECT listing_id FROM component WHERE product_id = NEW.id
    ON CONFLICT DO NOTHING;
END;
CREATE INDEX division_scarce ON division (decided_at) WHERE scarce;
CREATE INDEX promise_uncovered ON promise (account_id) WHERE NOT covered;
CREATE TRIGGER push_promises AFTER INSERT ON push WHEN EXISTS (SELECT 1 FROM promise p
    WHERE p.listing_id = NEW.listing_id AND p.external_warehouse = NEW.external_warehouse)
BEGIN
    UPDATE promise SET quantity = quantity + NEW.quantity, covered = 0
    WHERE listing_id = NEW.listing_id AND external_warehouse = NEW.external_warehouse;
    SELECT RAISE(ABORT, 'divided windows would be promised more than is available')
    FROM promise p
    CROSS JOIN account_warehouse w ON w.account_id = p.account_id
        AND w.external_warehouse = p.external_warehouse
    CROSS JOIN component c ON c.listing_id = p.listing_id
    CROSS JOIN product ON product.id = c.product_id
    LEFT JOIN stock st ON st.product_id = c.product_id AND st.warehouse_id = w.warehouse_id
    WHERE p.listing_id = NEW.listing_id AND p.external_warehouse = NEW.external_warehouse
        AND p.divided AND NEW.quantity > 0
        AND (p.policy = 'split' OR NEW.low_before IS NULL OR NEW.quantity > NEW.low_before)
        AND coalesce(st.on_hand - st.reserved, 0) - coalesce(product.buffer, 0) < (
            SELECT total(coalesce(o.quantity, 1e15) * oc.units)
            FROM component oc
            CROSS JOIN promise o ON o.listing_id = oc.listing_id
            CROSS JOIN listing l ON l.id = oc.listing_id
            CROSS JOIN account_warehouse ow ON ow.account_id = o.account_id
                AND ow.external_warehouse = o.external_warehouse
            WHERE oc.product_id = c.product_id AND ow.warehouse_id = w.warehouse_id
                AND o.divided AND NOT l.archived AND NOT ow.follows);
END;
CREATE TRIGGER push_promises_nothing AFTER UPDATE OF verdict ON push
WHEN OLD.verdict IS NULL AND NEW.verdict IN ('refused', 'later')
BEGIN
    UPDATE promise SET quantity = max(0, quantity - NEW.quantity), covered = 0
    WHERE listing_id = NEW.listing_id AND external_warehouse = NEW.external_warehouse;
END;
CREATE TRIGGER belief_ends AFTER UPDATE OF low ON shown WHEN NEW.low IS NULL AND OLD.low IS NOT NULL
BEGIN
    UPDATE promise SET quantity = NULL, bound = NULL, bound_since = NULL, bound_until = NULL,
        covered = 0, counted_since = NULL
    WHERE listing_id = NEW.listing_id AND external_warehouse = NEW.external_warehouse;
END;
COMMIT;
