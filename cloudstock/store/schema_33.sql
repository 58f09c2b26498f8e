-- Step 33: how an account makes articles, and what its listings were called before that changed.

-- As the configuration had it when the catalog was last read whole. NULL: not known.
ALTER TABLE account ADD COLUMN articles TEXT;
-- Until it is linked by its new article. NULL: it is called as ever.
ALTER TABLE listing ADD COLUMN article_before TEXT;
CREATE INDEX listing_article_before ON listing (account_id) WHERE article_before IS NOT NULL;
