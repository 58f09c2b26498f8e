"""Stock files: what people keep their numbers in, read and written."""
