"""A draft tried on the past from the console: begun, watched, stopped, refused; and nobody waits for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tests.http.shop import ORIGIN, Shop, assert_problem, corner
from waypost.model import DAY, MINUTE
from waypost.rules.check import check_folder
from waypost.settings import LIMITS
from waypost.web.trials import KEPT, Trial, Trials

ONE = corner("one", trigger={"when": {"did": {"event": "opened"}}})
GREEDY = {**ONE, "policy": {"priority": "high"}, "id": "greedy"}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Ten people opened something yesterday; somebody is signed in."""
    made = Shop(tmp_path / "shop", ONE)
    made.sign_in()
    for number in range(10):
        event = {"type": "track", "event": "opened", "messageId": f"m{number}"}
        made.sync(f"u{number}", page=f"p{number}", anon_id=f"a{number}", events=[event])
        made.now += MINUTE
    made.now += DAY
    yield made
    made.app.state.trials.end()
    made.close()


def begin(shop: Shop, **body: Any) -> httpx.Response:
    return shop.ask("POST", "/api/backtests", json={"since": "30d", **body}, headers=ORIGIN)


def look(shop: Shop, trial: int = 1, lang: str = "en") -> dict[str, Any]:
    answer = shop.ask("GET", f"/api/backtests/{trial}?lang={lang}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def over(shop: Shop, **body: Any) -> dict[str, Any]:
    """What a backtest found."""
    answer = begin(shop, **body)
    assert answer.status_code == 202, answer.text
    shop.app.state.trials.wait()
    return look(shop, answer.json()["id"])


class Gate:
    """Holds a backtest after its first event until a test lets it go on."""

    def __init__(self, shop: Shop) -> None:
        self.reached, self.free = threading.Event(), threading.Event()
        shop.app.state.trials = Trials(self.tick)

    def tick(self, _trial: Trial) -> None:
        self.reached.set()
        assert self.free.wait(60)


def test_one_tip_is_tried_beside_the_live_ones(shop: Shop) -> None:
    found = over(shop, tip=GREEDY)
    assert (found["state"], found["progress"], found["seconds_left"]) == ("done", 1.0, None)
    result = found["result"]
    assert (result["events"], result["people"], result["stopped"]) == (10, 10, False)
    new, old = result["rows"]
    assert (new["tip"], new["change"], new["shown"], new["people"], new["live_shown"]) == ("greedy", "new", 10, 10, 0)
    assert (old["tip"], old["change"], old["shown"], old["live_shown"], old["lost"]) == ("one", "same", 0, 10, 10)
    assert {"code": "quiet_session_start", "words": "first seconds of a visit", "users": 10} in old["held"]
    assert new["first"] < new["last"]


def test_a_whole_set_of_rules_is_tried_in_the_place_of_the_live_one(shop: Shop) -> None:
    result = over(shop, rules={"tips/greedy.json": GREEDY, "project.json": {"key_actions": ["opened"]}})["result"]
    assert [(row["tip"], row["change"]) for row in result["rows"]] == [("one", "gone"), ("greedy", "new")]


def test_an_edited_tip_takes_the_place_of_the_live_one(shop: Shop) -> None:
    edited = {**ONE, "trigger": {"when": {"did": {"event": "opened", "min": 2}}}}
    (row,) = over(shop, tip=edited)["result"]["rows"]
    assert (row["change"], row["shown"], row["live_shown"], row["lost"]) == ("changed", 0, 10, 10)


def test_nothing_is_changed_by_it(shop: Shop) -> None:
    events, plan = len(shop.events()), shop.runtime.rules.plan
    over(shop, tip=GREEDY)
    assert len(shop.events()) == events
    assert shop.runtime.rules.plan is plan


def test_syncs_are_answered_and_stored_while_one_runs(shop: Shop) -> None:
    gate = Gate(shop)
    began = begin(shop, tip=GREEDY).json()
    assert (began["state"], began["result"]) == ("running", None)
    assert gate.reached.wait(60)
    commits = shop.disk.commits
    for number in range(20):
        page = {"type": "page", "messageId": f"later-{number}"}
        assert shop.sync("new", page=f"n{number}", anon_id="an", events=[page])
    assert shop.disk.commits > commits
    running = look(shop)
    assert (running["state"], running["result"], 0 < running["progress"] < 1) == ("running", None, True)
    assert isinstance(running["seconds_left"], int)
    gate.free.set()
    shop.app.state.trials.wait()
    assert look(shop)["result"]["events"] == 10, "it reads the log as it was when it began"


def test_one_at_a_time(shop: Shop) -> None:
    gate = Gate(shop)
    assert begin(shop, tip=GREEDY).status_code == 202
    assert_problem(begin(shop, tip=GREEDY), 409, "backtest_runs")
    gate.free.set()
    shop.app.state.trials.wait()
    assert begin(shop, tip=GREEDY).json()["id"] == 2


def test_it_stops_and_what_was_found_is_kept(shop: Shop) -> None:
    gate = Gate(shop)
    begin(shop, tip=GREEDY)
    assert gate.reached.wait(60)
    assert shop.ask("POST", "/api/backtests/1/stop", headers=ORIGIN).status_code == 200
    gate.free.set()
    shop.app.state.trials.wait()
    found = look(shop)
    assert (found["state"], found["result"]["stopped"], found["result"]["events"]) == ("stopped", True, 1)
    assert shop.ask("POST", "/api/backtests/1/stop", headers=ORIGIN).json()["state"] == "stopped"


def test_one_that_breaks_says_so_and_lets_the_next_begin(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_trial: Trial) -> None:
        raise OSError("the disk")

    shop.app.state.trials = Trials(broken)
    monkeypatch.setattr(threading, "excepthook", lambda _args: None)
    assert over(shop, tip=GREEDY)["state"] == "failed"
    shop.app.state.trials.tick = lambda trial: None
    assert over(shop, tip=GREEDY)["state"] == "done"


def test_old_results_go(shop: Shop) -> None:
    for _ in range(KEPT + 1):
        over(shop, tip=GREEDY)
    assert_problem(shop.ask("GET", "/api/backtests/1"), 404, "not_found")
    assert look(shop, KEPT + 1)["state"] == "done"
    assert_problem(shop.ask("POST", "/api/backtests/99/stop", headers=ORIGIN), 404, "not_found")


def test_what_check_refuses_is_refused_with_the_same_lines(shop: Shop, tmp_path: Path) -> None:
    wrong = {**ONE, "trigger": {"when": {"chian": {}}}, "reapet": {}}
    problem = assert_problem(begin(shop, rules={"tips/one.json": wrong}), 422, "rules")
    folder = tmp_path / "wrong"
    (folder / "tips").mkdir(parents=True)
    (folder / "tips" / "one.json").write_bytes(msgspec.json.encode(wrong))
    lines = [one.line() for one in check_folder(folder)[1] if one.severity == "error"]
    assert len(lines) == 2
    assert problem["detail"].split("\n") == lines
    assert [one["path"] for one in problem["problems"]] == ["reapet", "trigger.when"]


def padded(size: int) -> dict[str, Any]:
    """The tip with a note, so many bytes as JSON."""
    return {**ONE, "note": "x" * (size - len(msgspec.json.encode({**ONE, "note": ""})))}


def test_a_document_is_as_large_as_a_file_may_be(shop: Shop) -> None:
    at_limit = padded(LIMITS.rule_bytes)
    problem = begin(shop, tip=at_limit)
    assert "larger than" not in problem.text
    found = assert_problem(begin(shop, tip=padded(LIMITS.rule_bytes + 1)), 422, "rules")
    assert found["detail"] == "tips/one.json: larger than 64 KiB"


def test_all_documents_together_have_a_limit(shop: Shop) -> None:
    body = msgspec.json.encode({"tip": GREEDY, "since": "7d"})
    exact = body + b" " * (LIMITS.trial_bytes - len(body))
    ask = {"headers": {**ORIGIN, "content-type": "application/json"}}
    assert shop.ask("POST", "/api/backtests", content=exact, **ask).status_code == 202
    shop.app.state.trials.wait()
    assert_problem(shop.ask("POST", "/api/backtests", content=exact + b" ", **ask), 413, "too_large")


@pytest.mark.parametrize(
    "body",
    [
        {}, {"tip": GREEDY, "rules": {}}, {"rules": []}, {"rules": None}, {"tip": GREEDY, "since": "soon"},
        {"tip": GREEDY, "since": 30}, {"tip": GREEDY, "since": None}, {"tip": []}, {"tip": None}, {"rules": {"tips/x.json": 7}},
    ],
)  # fmt: skip
def test_what_is_no_trial(shop: Shop, body: dict[str, Any]) -> None:
    assert_problem(begin(shop, **body), 422)


def test_a_window_longer_than_the_log_is_the_whole_log(shop: Shop) -> None:
    assert over(shop, tip=GREEDY, since="999999d")["result"]["events"] == 10
