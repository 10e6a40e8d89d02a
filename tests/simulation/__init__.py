"""A customer base lives through a winter in the product: what its alert rules find, and what they cry for nothing.

base    the customers, their days and what is planted; seeded, and without a line of the engine
live    the product's own runtime, rules, due index and tasks over them, day by day
score   what counts as found and as false
"""
