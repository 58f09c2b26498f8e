"""What a person does to the stock: settings, counts, links, returns, moves, backups."""
