"""The rules of the book of stock: pure functions over typed records, no I/O and no clock."""
