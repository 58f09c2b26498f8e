"""Ozon; nothing is imported here, for `settings` is read at every start."""
