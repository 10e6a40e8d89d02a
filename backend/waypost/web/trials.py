"""Backtests from the console: a draft lives through the stored past in a thread of its own, one at a time.

POST /api/backtests {"rules": {file: document}} or {"tip": document}, and "since": "30d"
GET  /api/backtests/{id}    POST /api/backtests/{id}/stop
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from waypost.engine.labels import label
from waypost.errors import Conflict, Invalid, NotFound, Problem
from waypost.insight.backtest import Backtest, Side, weighed
from waypost.insight.comparison import Comparison, compared
from waypost.model import Json
from waypost.rules.compile import compile_rules
from waypost.rules.durations import parse_ms
from waypost.rules.load import Loaded
from waypost.rules.plan import Plan
from waypost.service.runtime import Runtime
from waypost.service.subjects import known_names
from waypost.settings import LIMITS
from waypost.store.events import count_since, last_received
from waypost.store.sqlite import Tx
from waypost.web.guard import read_object, runtime_of
from waypost.web.public import json_response

__all__ = ["Trial", "Trials", "begin_trial", "stop_trial", "trial"]

KEPT = 20  # trials whose result can still be read, the latest
SHARED = ("chains.json", "segments.json", "project.json")


@dataclass
class Trial:
    """state: running, done, stopped (what was found until then is kept), failed."""

    id: int
    since: int
    began_at: int
    state: str = "running"
    done: int = 0  # of `length`, as insight.backtest weighs
    length: int = 0
    result: Comparison | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def progress(self) -> float:
        if self.state != "running":
            return 1.0
        return min(1.0, self.done / self.length) if self.length else 0.0

    def seconds_left(self, now: int) -> int | None:
        """At the pace so far; None while nothing can be said."""
        share = self.progress
        return round((now - self.began_at) / 1000 * (1 - share) / share) if share else None


class Trials:
    """Those of one process. `tick` is called after each event, which tests use to look in between."""

    def __init__(self, tick: Callable[[Trial], None] = lambda trial: None) -> None:
        self.tick = tick
        self._kept: OrderedDict[int, Trial] = OrderedDict()
        self._thread: threading.Thread | None = None
        self._gate = threading.Lock()

    def begin(self, runtime: Runtime, draft: Plan, since: int) -> Trial:
        """Raises Conflict while another one runs."""
        with self._gate:
            last = next(reversed(self._kept.values()), None)
            if last is not None and last.state == "running":
                raise Conflict("a backtest runs; wait for it, or stop it", code="backtest_runs")
            made = Trial(last.id + 1 if last else 1, since, runtime.clock.wall())
            self._kept[made.id] = made
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            live = runtime.rules.plan
            self._thread = threading.Thread(
                target=self._run, args=(runtime, made, draft, live), name="waypost-backtest", daemon=True
            )
            self._thread.start()
        return made

    def get(self, trial_id: int) -> Trial:
        """Raises NotFound."""
        found = self._kept.get(trial_id)
        if found is None:
            raise NotFound("there is no such backtest; it may be of before a restart")
        return found

    def wait(self) -> None:
        """Until the one that runs is over."""
        if self._thread is not None:
            self._thread.join()

    def end(self) -> None:
        """Stop the one that runs, and wait for it."""
        for each in self._kept.values():
            each.stop.set()
        self.wait()

    def _run(self, runtime: Runtime, made: Trial, draft: Plan, live: Plan) -> None:
        state = "failed"
        try:
            made.result = runtime.store.read_now(lambda tx: self._lived(runtime, tx, made, draft, live))
            state = "stopped" if made.result.stopped else "done"
        finally:
            made.state = state

    def _lived(self, runtime: Runtime, tx: Tx, made: Trial, draft: Plan, live: Plan) -> Comparison:
        settings, project_id = runtime.settings, runtime.project_id
        known = known_names(tx, project_id, runtime.rules.named_since)
        sides = [Side(plan, known, settings.timezone, settings.muted_routes) for plan in (draft, live)]
        run = Backtest(sides, made.since)
        made.length = weighed(*count_since(tx, project_id, made.since))

        def progress(cost: int) -> None:
            made.done += cost
            time.sleep(0)  # requests go first: without it each statement of a sync waits for the interpreter
            self.tick(made)

        run.run(tx, project_id, progress, made.stop.is_set)
        return compared(run, sides[0], sides[1], runtime.clock.now())


# -- the routes


async def begin_trial(request: Request) -> Response:
    """202 and its id. 422 with each mistake, as `waypost check` says it; 409 while another one runs."""
    runtime, now = runtime_of(request), runtime_of(request).clock.now()
    said = await read_object(request, LIMITS.trial_bytes)
    since = max(0, now - _length(said.get("since", "30d")))
    draft = await runtime.store.read(lambda tx: _checked(runtime, tx, said, now))
    trials: Trials = request.app.state.trials
    return json_response(shown(trials.begin(runtime, draft, since), runtime, "en"), 202)


async def trial(request: Request) -> Response:
    """How far it is, and when it is over what it found."""
    return json_response(shown(_found(request), runtime_of(request), request.query_params.get("lang", "")))


async def stop_trial(request: Request) -> Response:
    """Stop it; what it found until then is kept. One that is over stays as it is."""
    found = _found(request)
    found.stop.set()
    return json_response(shown(found, runtime_of(request), request.query_params.get("lang", "")))


def _found(request: Request) -> Trial:
    trials: Trials = request.app.state.trials
    return trials.get(request.path_params["id"])


def shown(found: Trial, runtime: Runtime, lang: str) -> dict[str, Any]:
    """As the console reads it. Each reason of a row comes with its label."""
    result = msgspec.to_builtins(found.result)
    for row in result["rows"] if result else ():
        row["held"] = [{"code": code, "words": label(code, lang), "users": n} for code, n in row["held"].items()]
    running = found.state == "running"
    return {
        "id": found.id,
        "state": found.state,
        "since": found.since,
        "progress": round(found.progress, 4),
        "seconds_left": found.seconds_left(runtime.clock.wall()) if running else None,
        "result": result,
    }


def _length(since: Json) -> int:
    try:
        return parse_ms(since)
    except (ValueError, TypeError, AttributeError):
        raise Invalid("since is a duration such as 30d or 12h", code="bad_parameter") from None


def _checked(runtime: Runtime, tx: Tx, said: dict[str, Any], now: int) -> Plan:
    """The plan of a draft. Raises Invalid with every mistake."""
    live = runtime.rules.bundle(tx) or Loaded()
    if ("rules" in said) == ("tip" in said):
        raise Invalid('send "rules", documents by file name, or "tip", one document', code="bad_parameter")
    if "tip" in said:
        files = {_file(live, said["tip"]): said["tip"]}
        loaded = Loaded({**live.documents, **files}, live.chains, live.segments, live.project)
    else:
        files = said["rules"]
        if not isinstance(files, dict):
            raise Invalid('"rules" is an object: documents by file name', code="bad_parameter")
        tips = {name: document for name, document in files.items() if name not in SHARED}
        loaded = Loaded(tips, *(files.get(name, {}) for name in SHARED))
    wrong = [problem for name, document in files.items() if (problem := _unfit(name, document))]
    if not wrong:
        seen = last_received(tx, runtime.project_id)
        plan, problems = compile_rules(
            loaded.documents, loaded.chains, loaded.segments, {}, loaded.project, seen or None, now
        )
        wrong = [problem for problem in problems if problem.severity == "error"]
    if wrong:
        wrong.sort(key=lambda problem: (problem.file, problem.path))
        raise Invalid("\n".join(problem.line() for problem in wrong), tuple(wrong), code="rules")
    return plan


def _file(live: Loaded, document: Json) -> str:
    """The file of a tip with this id; a new one is beside the others."""
    name = document.get("id") if isinstance(document, dict) else None
    same = (file for file, known in live.documents.items() if isinstance(name, str) and known.get("id") == name)
    return next(same, f"tips/{name if isinstance(name, str) else 'draft'}.json")


def _unfit(name: str, document: Json) -> Problem | None:
    """What reading it as a file would refuse."""
    if not isinstance(document, dict):
        return Problem(name, "", "a JSON object is needed", "wrong_type")
    if len(msgspec.json.encode(document)) > LIMITS.rule_bytes:
        return Problem(name, "", f"larger than {LIMITS.rule_bytes // 1024} KiB", "too_large")
    return None
