"""Facts by brute force, from the definitions alone; shares no code with the engine."""
