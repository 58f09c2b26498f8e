"""Warehouses of ours that mean something by their name."""

# The warehouse of whatever names none.
MAIN = "main"
# Of returned units that wait for a person: no listing is fed from it, and it is shown only when
# asked for.
QUARANTINE = "quarantine"
