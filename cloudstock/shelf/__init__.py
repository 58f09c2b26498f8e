"""What a person does at the shelf: settings, counts, links, returns and sheets."""
