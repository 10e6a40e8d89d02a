"""The delivery policy, stage by stage. Pure."""
