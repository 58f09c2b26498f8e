"""What stands where in a sheet: its header, its columns, and which rows are data."""
