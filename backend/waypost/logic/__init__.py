"""JsonLogic: the guard, our profile of it, and datalogic-py behind it."""
