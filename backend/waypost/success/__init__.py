"""The human half: alerts become CSM tasks, tasks go out as webhooks."""
