"""The live way: journal, engine, store."""
