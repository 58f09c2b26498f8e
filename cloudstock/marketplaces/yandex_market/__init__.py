"""Yandex.Market; nothing is imported here, for `settings` is read at every start."""
