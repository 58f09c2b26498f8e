"""Every answer of every marketplace, spoiled in every way: see `python -m tests.wire --help`."""
