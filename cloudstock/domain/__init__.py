"""The rules of the database of stock: pure functions over typed records, no I/O and no clock."""
