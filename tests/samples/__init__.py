"""Files as other programs and cabinets write them, held against what is known of each."""
