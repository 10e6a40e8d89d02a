"""What project.json says of customers: features, stages of an account's life, health, the champion, limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from waypost.logic.guard import Fault
from waypost.model import Json
from waypost.rules.document import PROJECT
from waypost.rules.lower import Lowering
from waypost.rules.plan import CHAMPION, LIMIT, Chain, CustomerModel, Expr, Feature, HealthModel, Scope, Stage
from waypost.settings import LIMITS

__all__ = ["customer_model"]

PARTS = ("features", "stages", "health", "champion", "limits")
Chains = Mapping[str, tuple[Scope, Chain]]


def customer_model(
    project: Mapping[str, Json], key_actions: Sequence[tuple[str, ...]], lowering: Lowering, chains: Chains
) -> tuple[CustomerModel, list[Fault]]:
    """The model, and what is wrong with it beyond its shape (PROJECT says that). What is wrong is left out.

    The stages are lowered with the rules, so that what they count is folded.
    """
    wrong: list[Fault] = []
    PROJECT.check({name: project[name] for name in PARTS if name in project}, "", wrong)
    if wrong:
        return CustomerModel(features=_key_features(key_actions)), []
    faults: list[Fault] = []
    features = _features(project["features"], chains, faults) if "features" in project else _key_features(key_actions)
    stages = _stages(project.get("stages", ()), lowering, faults)
    champion = project.get("champion", CHAMPION)
    return (
        CustomerModel(
            features=features,
            stages=stages,
            health=_health(project.get("health", {}), faults),
            champion=(champion,) if isinstance(champion, str) else tuple(champion),
            limits=_names(project["limits"]) if "limits" in project else LIMIT,
        ),
        faults,
    )


def _names(event: Json) -> tuple[str, ...]:
    return tuple(event["any"]) if isinstance(event, dict) else (event,)


def _words(name: Json, otherwise: str) -> dict[str, str]:
    return dict(name) if isinstance(name, dict) else {"en": name or otherwise}


def _key_features(key_actions: Sequence[tuple[str, ...]]) -> tuple[Feature, ...]:
    return tuple(Feature(names[0], {"en": names[0]}, names) for names in key_actions if names)


def _features(written: Json, chains: Chains, faults: list[Fault]) -> tuple[Feature, ...]:
    found: dict[str, Feature] = {}
    any_core = any(one.get("core") for one in written)
    for i, one in enumerate(written):
        chain = one.get("chain")
        if one["id"] in found:
            faults.append(Fault(f"features[{i}].id", f'"{one["id"]}" is there twice', "duplicate_id"))
        elif chain is not None and chain not in chains:
            faults.append(Fault(f"features[{i}].chain", f'there is no chain "{chain}" in chains.json', "unknown"))
        else:
            events = tuple(name for event in one["events"] for name in _names(event))
            found[one["id"]] = Feature(
                one["id"],
                _words(one.get("name"), one["id"]),
                events,
                chains[chain][1] if chain else None,
                one.get("entitlement", ""),
                one.get("core", not any_core),
            )
    return tuple(found.values())


def _stages(written: Json, lowering: Lowering, faults: list[Fault]) -> tuple[Stage, ...]:
    found: dict[str, Stage] = {}
    for i, one in enumerate(written):
        path, wrong = f"stages[{i}]", list[Fault]()
        lowering.tips, lowering.used = [], set()
        when = lowering.expression(one["when"], f"{path}.when", wrong)
        if one["id"] in found:
            wrong.append(Fault(f"{path}.id", f'"{one["id"]}" is there twice', "duplicate_id"))
        if len(lowering.used) > LIMITS.atoms_per_rule:
            wrong.append(Fault(path, f"more than {LIMITS.atoms_per_rule} conditions on behaviour", "too_large"))
        wrong += _personal(when, f"{path}.when", lowering)
        faults += wrong
        if all(fault.warning for fault in wrong):
            found[one["id"]] = Stage(one["id"], _words(one.get("name"), one["id"]), when)
    return tuple(found.values())


def _personal(when: Expr, path: str, lowering: Lowering) -> list[Fault]:
    """A stage is an account's: what looks at one person can never hold."""
    ops = [lowering.readings[name].op for name in when.readings if lowering.readings[name].scope == "user"]
    if "account.stage" in when.paths:
        return [Fault(path, "this is what decides about account.stage; it cannot read it", "contradiction")]
    paths = [name for name in when.paths if not name.startswith("account.")]
    faults = [Fault(path, f'a stage is of an account; give "{op}" "scope": "account"', "wrong_scope") for op in ops]
    return faults + [Fault(path, f"a stage is of an account; it cannot read {name}", "wrong_scope") for name in paths]


def _health(written: Json, faults: list[Fault]) -> HealthModel:
    default = HealthModel()
    weights = {**default.weights, **{name: float(weight) for name, weight in written.get("weights", {}).items()}}
    red, yellow = written.get("red", default.red), written.get("yellow", default.yellow)
    if red >= yellow:
        faults.append(Fault("health.red", f"red ends at {red}, at or above yellow at {yellow}", "out_of_range"))
        return default
    if not any(weights.values()):
        faults.append(Fault("health.weights", "all weights are 0: nothing is left to score by", "out_of_range"))
        return default
    return HealthModel(weights, red, yellow)
