"""What may be wrong: what a kind of trouble is, the table of them all, and what there is now."""
