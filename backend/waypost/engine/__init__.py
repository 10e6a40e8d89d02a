"""The one evaluator: fold events, decide, say why, and find when time alone changes a truth. Pure."""
