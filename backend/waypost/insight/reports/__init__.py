"""Engagement reports: pure formulas over plain rows, one module an idea; gather.py reads the log once for all of them.

Source of every formula: semantics, section 5. People are numbers here; days are local day numbers since 1970.
"""
