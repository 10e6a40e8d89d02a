"""The demo: the sample app on a port of its own, six weeks of history, and a clock that can be moved."""
