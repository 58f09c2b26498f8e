"""Files of every form, read into rows of cells."""
