"""What the console counts: tips, people, outcomes."""
