"""What we know of a subject: windows, chains, sessions, tip history. Pure."""
