"""The jobs that meet marketplaces: a module per command, named as the command is."""
