"""Bytes become events: decoding, limits, event time."""
