"""Rule documents: reading, checking, compiling, and saying them in words."""
