"""Settings that all tests share."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

SHARED = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}
settings.register_profile("default", max_examples=2_000, **SHARED)  # type: ignore[arg-type]
settings.register_profile("full", max_examples=100_000, **SHARED)  # type: ignore[arg-type]
settings.load_profile("default")
