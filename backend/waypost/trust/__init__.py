"""Keys, passwords, signatures and the one URL check."""
