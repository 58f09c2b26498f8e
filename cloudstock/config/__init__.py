"""The configuration file: where it lies, what may stand in it, how it is read."""
