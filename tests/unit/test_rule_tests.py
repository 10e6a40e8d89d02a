"""waypost test: the rules that come with the product and the twenty of the semantics; and what it says when one fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer

from waypost.cli.rule_tests import run_tests
from waypost.engine.rule_tests import run_rule_test
from waypost.rules import testfile
from waypost.rules.check import check_folder
from waypost.rules.schema import schema_text
from waypost.rules.testfile import RuleTest, load_tests

ROOT = Path(__file__).parents[2]
RULES, TWENTY = ROOT / "rules", ROOT / "tests" / "conformance" / "twenty"
FOLDERS = {"rules": RULES, "twenty": TWENTY}
TEST_FILES = sorted([*RULES.glob("tests/*.json"), *TWENTY.glob("tests/*.json")])
PLANS = {name: check_folder(folder)[0] for name, folder in FOLDERS.items()}


def read_tests(name: str) -> Iterator[RuleTest]:
    tests, faults = load_tests(FOLDERS[name])
    assert [fault.line() for fault in faults] == []
    yield from tests


ALL = [pytest.param(name, one, id=f"{one.file}: {one.name}") for name in FOLDERS for one in read_tests(name)]


# -- the tests themselves


@pytest.mark.parametrize(("folder", "one"), ALL)
def test_every_rule_test_passes(folder: str, one: RuleTest) -> None:
    assert [failure.message for failure in run_rule_test(PLANS[folder], one)] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_rule_is_shown_to_come_up_and_not_to(folder: str) -> None:
    said: dict[str, set[bool]] = {rule: set() for rule in PLANS[folder].rules}
    for one in read_tests(folder):
        for expectation in one.body["expect"]:
            rule = expectation.get("rule") or one.body["rule"]
            said[rule].add(expectation["shows"] if "shows" in expectation else expectation["opens"])
    assert {rule for rule, values in said.items() if values != {True, False}} == set()


@pytest.mark.parametrize(("folder", "one"), ALL)
def test_every_expectation_can_fail(folder: str, one: RuleTest) -> None:
    """Turned round, each fails: none passes for want of a look."""
    turned = []
    for expectation in one.body["expect"]:
        verdict = "shows" if "shows" in expectation else "opens"
        rest = {name: value for name, value in expectation.items() if name != "because"}
        turned.append({**rest, verdict: not expectation[verdict]})
    failures = run_rule_test(PLANS[folder], RuleTest(one.file, one.name, {**one.body, "expect": turned}))
    assert len(failures) == len(turned)
    assert all(failure.trace for failure in failures)


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_command_passes_and_names_no_untested_rule(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    run_tests(FOLDERS[folder])
    told = capsys.readouterr()
    assert "without a test" not in told.out
    assert "FAIL" not in told.out
    assert told.out.rstrip().endswith("tests, 0 failed, 0 mistakes")
    assert told.err == ""


# -- a wrong expectation

START = "2026-03-02T09:00"
EXPORT = {
    "rule": "export-schedule",
    "start": START,
    "user": {"id": "ivan", "since": "-30d", "traits": {"name": "Ivan"}},
    "events": [
        {"at": "-8d", "event": "report_exported"},
        {"at": "0s", "page": "/reports"},
        {"at": "1m", "event": "report_exported", "times": 2, "props": {"format": "pdf"}},
    ],
}


def folder_with(tmp_path: Path, tests: Any, rules: Path = RULES, file: str = "mine.json") -> Path:
    """The rules of a folder, with these tests and no others."""
    for path in [*rules.glob("*.json"), *rules.glob("tips/*.json")]:
        copy = tmp_path / path.relative_to(rules)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (tmp_path / "tests").mkdir(exist_ok=True)
    (tmp_path / "tests" / file).write_text(tests if isinstance(tests, str) else json.dumps(tests))
    return tmp_path


def output(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What the command prints when it fails, folder left out."""
    with pytest.raises(typer.Exit) as exit_:
        run_tests(folder)
    assert exit_.value.exit_code == 1
    told = capsys.readouterr()
    return [line.replace(f"{folder}/", "") for line in (told.out + told.err).splitlines()]


def test_a_wrong_expectation_fails_with_the_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {**EXPORT, "tests": [{"name": "two are enough", "expect": [{"at": "4m", "shows": True}]}]}
    lines = output(folder_with(tmp_path, wrong), capsys)
    assert lines[:2] == [
        "FAIL  tests/mine.json: two are enough",
        "      expect[0]: Mon 2026-03-02 09:04:00 (4m): it should show, but does not",
    ]
    assert lines[2].startswith("        held back by when_false: ")
    assert "“report exported” at least 3 times in the last 7 days (2 so far)" in lines[2]
    assert lines[3:10] == [
        "        audience: yes",
        "        trigger.when: no",
        "          “report exported” at least 3 times in the last 7 days: no   (2 so far)",
        "            · Mon 2026-03-02 09:02:00  report_exported  format pdf",
        "            · Mon 2026-03-02 09:01:00  report_exported  format pdf",
        "            · Sun 2026-02-22 09:00:00  report_exported   (too long ago to count)",
        "        goal: no",
    ]
    assert lines[-1] == "1 test, 1 failed, 0 mistakes"


def judged(expectation: dict[str, Any], folder: str = "rules", **body: Any) -> tuple[str, list[str]]:
    """(message, trace) of the one expectation that fails."""
    test = RuleTest("f", "n", {**(EXPORT if folder == "rules" else {}), **body, "expect": [expectation]})
    (failure,) = run_rule_test(PLANS[folder], test)
    return failure.message, failure.trace


def test_a_tip_that_should_not_show() -> None:
    message, trace = judged(
        {"at": START, "shows": False}, events=[{"at": "-2m", "event": "report_exported", "times": 3}]
    )
    assert message == "Mon 2026-03-02 09:00:00: it should not show, but it is offered, 1 of 1"
    assert trace[0] == "audience: yes"


def test_another_reason_than_expected_and_a_reason_that_does_not_exist() -> None:
    message, trace = judged({"at": "4m", "shows": False, "because": "cap_session"})
    assert message.endswith(': it does not show, as expected, but not because of "cap_session"')
    assert trace[0].startswith("held back by when_false: ")
    message, _ = judged({"at": "4m", "shows": False, "because": "wen_false"})
    assert message.endswith('but not because of "wen_false" (there is no such reason; did you mean "when_false"?)')


def test_an_event_that_no_rule_waits_for_is_named_when_a_test_fails() -> None:
    slip = [{"at": "1m", "event": "report_exportd", "times": 3}, {"at": "1m", "event": "something_else"}]
    _, trace = judged({"at": "4m", "shows": True}, events=slip)
    assert trace[-1] == 'no rule waits for the event "report_exportd"; did you mean "report_exported"?'


def test_a_person_is_called_by_name() -> None:
    seen = [*EXPORT["events"], {"at": "3m", "event": "report_exported"}, {"at": "4m", "tip": "export-schedule"}]
    _, trace = judged({"at": "5d", "shows": True}, events=seen)
    assert trace[0].startswith("held back by repeat_cooldown: ")
    assert "Ivan saw it on 2 Mar 2026, 09:04 UTC" in trace[0]


QUIET: dict[str, Any] = {
    "rule": "account-quiet",
    "start": START,
    "account": {"id": "acme", "since": "-1d", "traits": {"plan": "team"}},
    "events": [{"at": "0s", "page": "/"}, {"at": "20d", "page": "/"}],
}


def test_a_task_that_is_open_or_is_not() -> None:
    message, trace = judged({"at": "15d", "opens": False}, **QUIET)
    assert message == (
        "Tue 2026-03-17 09:00:00 (15d): no task should be open, but one is, since Mon 2026-03-16 09:00:00"
    )
    assert trace == [
        "audience: yes",
        "  account.plan ≠ free: yes   (account.plan team)",
        "trigger.when: yes",
        "  no use of the app for 14 days: yes   (quiet for 15 d)",
        "    · Mon 2026-03-02 09:00:00  page_viewed  route /   (too long ago to count)",
        "alert.clear: no",
        "  use of the app at least 1 time in the last 1 day: no   (0 so far)",
        "    · Mon 2026-03-02 09:00:00  page_viewed  route /   (too long ago to count)",
    ]
    message, trace = judged({"at": "13d", "opens": True}, **QUIET)
    assert message.endswith(": a task should be open, but none is")
    assert trace[-2:] == [
        "  no use of the app for 14 days: no   (quiet for 13 d)",
        "    · Mon 2026-03-02 09:00:00  page_viewed  route /",
    ]
    message, _ = judged({"at": "21d", "opens": True}, **QUIET)
    assert message.endswith(
        "a task should be open, but none is; the last was open from Mon 2026-03-16 09:00:00 to Sun 2026-03-22 09:00:00"
    )


def test_an_alert_that_is_true_but_opens_no_task() -> None:
    renewal = {
        "rule": "renew-18-90-days",
        "start": START,
        "account": {"id": "acme", "traits": {"renewal_date": "2026-06-01", "health": 40}},
        "events": [{"at": "2d", "account_traits": {"health": 80}}, {"at": "3d", "account_traits": {"health": 40}}],
    }
    message, _ = judged({"at": "4d", "opens": True}, "twenty", **renewal)
    assert message.endswith("the alert is true, but this key has had its task, or has no value")


def test_a_rule_with_mistakes_of_its_own() -> None:
    message, trace = judged({"at": "4d", "shows": True}, rule="not-there")
    assert message.endswith('the rule "not-there" has mistakes of its own')
    assert trace == []


# -- mistakes in test files


def mistakes(tmp_path: Path, document: Any) -> list[str]:
    tests, problems = load_tests(folder_with(tmp_path, document))
    assert tests == []
    return [problem.line() for problem in problems]


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = {
        "rule": "export-shedule",
        "strat": START,
        "timezone": "Europe/Berlni",
        "events": [{"at": "1 day", "event": "x"}, {"at": "0s", "evnt": "x"}, {"at": "0s", "event": "x", "page": "/"}],
        "tests": [
            {"expect": [{"at": "0s", "show": True}]},
            {"events": [{"at": "2026-02-30T10:00", "tip": "save_view", "did": "dismised"}], "expect": []},
            {"events": [{"at": "5000d", "event": "x", "every": "1h"}], "expect": [{"at": "0s", "opens": True}]},
        ],
    }  # fmt: skip
    expected = [
        'tests/mine.json: strat: unknown field "strat"; did you mean "start"?',
        'tests/mine.json: timezone: there is no time zone "Europe/Berlni"; did you mean "Europe/Berlin"?',
        'tests/mine.json: events[0].at: "1 day" is not a time from the start such as "2d12h" or "-30d", or a local time '
        'such as "2026-01-05T09:00"',
        'tests/mine.json: events[1].evnt: unknown field "evnt"; did you mean "event"?',
        'tests/mine.json: events[1]: exactly one of "event", "page", "tip", "traits", "account_traits" is needed here',
        'tests/mine.json: events[2]: exactly one of "event", "page", "tip", "traits", "account_traits" is needed here',
        'tests/mine.json: tests[0].expect[0].show: unknown field "show"; did you mean "shows"?',
        'tests/mine.json: tests[0].expect[0]: exactly one of "shows", "opens" is needed here',
        'tests/mine.json: tests[1].events[0].at: there is no day or time "2026-02-30T10:00"',
        'tests/mine.json: tests[1].events[0].did: "dismised" is not one of "viewed", "clicked", "dismissed", "completed", '
        '"ignored", "snoozed", "muted", "answered"; did you mean "dismissed"?',
        "tests/mine.json: tests[1].expect: 1 to 200 entries are needed here, not 0",
        'tests/mine.json: tests[2].events[0].at: "5000d" is farther than 4000 days',
        'tests/mine.json: tests[0]: "start" is missing',
        'tests/mine.json: rule: there is no rule "export-shedule" in tips/; did you mean "export-schedule"?',
        'tests/mine.json: tests[1]: "start" is missing',
        'tests/mine.json: tests[1].events[0].tip: there is no tip "save_view" in tips/; did you mean "save-view"?',
        'tests/mine.json: tests[2]: "start" is missing',
        'tests/mine.json: tests[2].events[0].every: "every" means nothing without "times"',
    ]
    assert mistakes(tmp_path, document) == expected
    lines = output(tmp_path, capsys)
    assert lines[1:] == [*expected, f"0 tests, 0 failed, {len(expected)} mistakes"]
    assert lines[0].startswith("without a test: ")


RIGHT = {"at": "1m", "shows": True}


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"start": "2026-13-01T09:00"}, 'start: there is no day or time "2026-13-01T09:00"'),
        ({"start": "9 o'clock"}, 'start: "9 o\'clock" is not a local time such as "2026-01-05T09:00"'),
        ({"start": "2026-01-05T09:00+02:00"}, 'start: "2026-01-05T09:00+02:00" is not a local time such as "2026-01-05T09:00"'),
        ({"start": "1926-01-05"}, 'start: "1926-01-05" is not between 2000 and 2100'),
        ({"timezone": "berlin"}, 'timezone: there is no time zone "berlin"; did you mean "Berlin"?'),
        ({"timezone": "Mars/Olympus"}, 'timezone: there is no time zone "Mars/Olympus"; write one such as Europe/Berlin'),
        ({"expect": [{**RIGHT, "rule": "save-vew"}]}, 'expect[0].rule: there is no rule "save-vew" in tips/; did you mean "save-view"?'),
        ({"expect": [{**RIGHT, "because": "when_false"}]}, 'expect[0].because: "because" goes with "shows": false'),
        ({"expect": [{"at": "1m", "opens": True}]}, 'expect[0].opens: "export-schedule" is no alert and opens no task; write shows'),
        ({"rule": "account-quiet", "expect": [RIGHT]}, 'expect[0].shows: "account-quiet" is an alert, which nobody is shown; write opens'),
        ({"rule": "account-quiet", "expect": [{"at": "1m", "opens": True, "because": "x"}]}, 'expect[0].because: "because" means nothing beside opens'),
        ({"events": [{"at": "0s", "event": "x", "did": "viewed"}]}, 'events[0].did: "did" means nothing without "tip"'),
        ({"events": [{"at": "0s", "tip": "save-view", "score": 5}]}, 'events[0].score: a score is part of an answer; add "did": "answered"'),
        ({"events": [{"at": "0s", "traits": {}, "props": {}}]}, 'events[0].props: "props" belongs to an event or a page'),
        ({"events": [{"at": "1h", "event": "x", "arrives": "59m"}]}, "events[0].arrives: it cannot arrive before it happens"),
        ({"events": [{"at": "0s", "page": "reports"}]}, 'events[0].page: "reports" is not a route; it starts with "/", ":x" is one segment, a last "*" is the rest'),
        ({"known": {"x": "yesterday"}}, 'known.x: "yesterday" is not a time from the start such as "2d12h" or "-30d", or a local time such as "2026-01-05T09:00"'),
        ({"user": {"since": "0s"}}, 'user: "id" is missing'),
        ({"tests": []}, "tests: 1 to 200 entries are needed here, not 0"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_one_mistake_and_where_it_stands(tmp_path: Path, wrong: Any, line: str) -> None:
    document = {**EXPORT, "expect": [RIGHT], "tests": [{}], **wrong}
    assert mistakes(tmp_path, document) == [f"tests/mine.json: {line}"]


def test_a_mistake_beside_the_tests_is_told_once(tmp_path: Path) -> None:
    document = {**EXPORT, "rule": "nobody", "expect": [RIGHT], "tests": [{}, {}, {"rule": "save-view"}]}
    assert mistakes(tmp_path, document) == ['tests/mine.json: rule: there is no rule "nobody" in tips/']


def test_what_is_no_json_and_what_is_no_object(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, '{"rule": ')
    (folder / "tests" / "other.json").write_text("[]")
    _, problems = load_tests(folder)
    first, second = [problem.line() for problem in problems]
    assert first.startswith("tests/mine.json: not JSON: ")
    assert second == "tests/other.json: a JSON object is needed"


@pytest.mark.parametrize("value", [None, 1, "x", [], [1], {}, {"tests": 1}, {"tests": [1]}], ids=repr)
@pytest.mark.parametrize("name", ["tests", "events", "expect", "rule", "start", "user", "known", "timezone"])
def test_no_json_is_too_odd_to_be_told_of(tmp_path: Path, name: str, value: Any) -> None:
    load_tests(folder_with(tmp_path, {**EXPORT, "expect": [RIGHT], "tests": [{"name": "x"}], name: value}))


def test_a_file_with_mistakes_does_not_stop_the_others(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, {"tests": [{}]}, file="a.json")
    folder_with(tmp_path, {**EXPORT, "tests": [{"expect": [{"at": "1m", "shows": False}]}]}, file="b.json")
    tests, problems = load_tests(folder)
    assert [(one.file, one.name) for one in tests] == [("tests/b.json", "test 1")]
    assert {problem.file for problem in problems} == {"tests/a.json"}


def test_an_expectation_may_name_its_own_rule(tmp_path: Path) -> None:
    parts = {name: value for name, value in EXPORT.items() if name != "rule"}
    own = [{"at": "1m", "shows": False, "rule": "save-view"}, {"at": "1m", "shows": False, "rule": "bulk-edit"}]
    (one,), problems = load_tests(folder_with(tmp_path, {**parts, "tests": [{"expect": own}]}))
    assert problems == []
    assert one.rules == {"save-view", "bulk-edit"}
    assert run_rule_test(PLANS["rules"], one) == []
    assert mistakes(tmp_path, {**parts, "tests": [{"expect": [*own, RIGHT]}]}) == [
        'tests/mine.json: tests[0].expect[2]: "rule" is missing, here and above'
    ]


# -- a history as the product would have it


def shows(at: str, events: list[Any], rule: str = "export-schedule", **more: Any) -> bool:
    body = {**EXPORT, "rule": rule, "events": events, "expect": [{"at": at, "shows": True, **more}]}
    return run_rule_test(PLANS["rules"], RuleTest("f", "n", body)) == []


def test_events_of_one_instant_happen_in_the_order_in_which_they_are_written() -> None:
    steps = ["report_opened", "report_filtered", "report_shared"]

    def done(order: list[str]) -> list[Any]:
        return [{"at": "1m", "event": step, "props": {"report_id": "7"}} for step in order]

    page = [{"at": "0s", "page": "/"}]
    assert shows("1m5s", [*page, *done(steps)], "first-report-done")
    assert not shows("1m5s", [*page, *done(steps[::-1])], "first-report-done")


def test_an_event_belongs_to_the_page_that_was_opened_before_it() -> None:
    work = {"at": "1m", "event": "filter_applied", "times": 3, "every": "1d"}
    visit = [work, {"at": "2d30s", "page": "/board/1"}, {"at": "2d2m", "event": "card_opened"}]
    assert shows("2d3m", visit, "save-view")
    assert shows("2d3m", visit, "save-view", page="/board/1")
    assert not shows("2d3m", visit, "save-view", page="/reports")  # another page than the one they are on
    assert not shows("2d3m", [*visit, {"at": "2d2m30s", "page": "/board/1"}], "save-view")


def test_the_feedback_of_a_tip_is_one_showing_unless_it_was_closed_before() -> None:
    exports = [{"at": f"{7 * week}d", "event": "report_exported", "times": 3} for week in range(6)]
    seen = {"tip": "export-schedule"}
    once = [{"at": "3m", **seen}, {"at": "4m", **seen, "did": "dismissed"}]
    assert shows("7d5m", [*exports, *once])
    twice = [*once, {"at": "8d", **seen, "did": "dismissed"}]  # viewed as well: it could not be closed otherwise
    assert not shows("35d5m", [*exports, *twice])
    third = [*once, {"at": "8d", **seen}, {"at": "16d", **seen}]
    assert not shows("35d5m", [*exports, *third])  # three views are its limit


def test_a_tip_that_was_snoozed_waits_a_day() -> None:
    events = [
        {"at": "0s", "event": "report_exported", "times": 3},
        {"at": "3m", "tip": "export-schedule", "did": "snoozed"},
    ]
    body = {**EXPORT, "events": events, "expect": [{"at": "23h", "shows": False, "because": "snoozed"}]}
    assert run_rule_test(PLANS["rules"], RuleTest("f", "n", body)) == []


def test_a_goal_that_is_reached_after_the_tip_retires_it() -> None:
    events = [
        {"at": "0s", "event": "report_exported", "times": 3},
        {"at": "3m", "tip": "export-schedule"},
        {"at": "1d", "event": "export_scheduled"},
    ]
    expect = [{"at": "20d", "shows": False, "because": "retired"}]
    assert run_rule_test(PLANS["rules"], RuleTest("f", "n", {**EXPORT, "events": events, "expect": expect})) == []


def test_others_are_of_the_same_account_and_the_user_is_no_older_than_said() -> None:
    old = {"id": "acme", "since": "-90d", "traits": {"entitlements": ["planning"]}}
    body: dict[str, Any] = {
        "rule": "planning-launch",
        "start": START,
        "account": old,
        "user": {"id": "anna", "since": "-1d"},
        "events": [
            {"at": "0s", "user": "olga", "traits": {"role": "admin"}},
            {"at": "0s", "user": "olga", "page": "/"},
            {"at": "2h", "user": "olga", "page": "/"},
        ],
        "expect": [{"at": "2h1m", "user": "olga", "shows": True}],
    }
    assert run_rule_test(PLANS["rules"], RuleTest("f", "n", body)) == []
    new = {**body, "rule": "role-20-2fa-admin-vs-user", "events": [{"at": "0s", "page": "/"}]}
    new["account"] = {**old, "traits": {"seats": 10}}
    new["expect"] = [{"at": "1m", "shows": False, "because": "when_false"}]
    assert run_rule_test(PLANS["twenty"], RuleTest("f", "n", new)) == []


# -- the schemas


def test_the_schemas_of_the_folder_are_those_of_the_code() -> None:
    again = "write it anew: PYTHONPATH=backend python -c 'from waypost.rules import schema, testfile; …'"
    assert (RULES / "schema" / "rule.schema.json").read_text() == schema_text(), again
    assert (RULES / "schema" / "test.schema.json").read_text() == testfile.test_schema_text(), again


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_an_editor_finds_no_fault_in_the_test_files(path: Path) -> None:
    document = json.loads(path.read_text())
    schema = (path.parent / document["$schema"]).resolve()
    assert schema == RULES / "schema" / "test.schema.json"
    jsonschema.Draft202012Validator(json.loads(schema.read_text())).validate(document)
