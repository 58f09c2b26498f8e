"""What the program costs: start-up, large sheets, large books, pushes."""
