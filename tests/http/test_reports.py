"""The reports over a real log: exact numbers, the people behind each, and one reading for two openings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.http.shop import START, Shop, assert_problem, corner, track
from waypost.model import DAY, HOUR, MINUTE
from waypost.store.sqlite import Tx
from waypost.store.tips import note

TODAY = START // DAY
PROJECT = {
    "key_actions": ["export", {"any": ["share", "send"]}, "never_used"],
    "activation": {"events": ["invite", "export"], "within": "7d"},
    "value": {"any": ["share", "send"]},
    "support": {"event": "ticket_opened", "topic": "area"},
}
CHAINS = {
    "import": {"steps": [{"event": "start"}, {"event": "map"}, {"event": "finish"}], "within": "30m", "same": ["import_id"]},
    "visit": {"steps": [{"event": "start"}, {"event": "finish"}], "within": "session"},
    "team": {"scope": "account", "steps": [{"event": "invite"}, {"event": "export"}], "within": "2d"},
}  # fmt: skip
TIP = corner("tidy-up", goal={"did": {"event": "export", "last": "7d"}})
TIP["name"] = "Tidy up"


def ago(ms: int) -> str:
    """ISO 8601 of an instant before START."""
    return datetime.fromtimestamp((START - ms) / 1000, UTC).isoformat().replace("+00:00", "Z")


def did(event: str, user: str, before: int, **props: Any) -> dict[str, Any]:
    """In a browser, so that it counts as activity."""
    name = f"{user}-{event}-{before}-{props.get('import_id', '')}"
    sent = {"messageId": name, "anonymousId": f"anon-{user}", "timestamp": ago(before), "properties": props}
    return track(event, user, **sent, context={"page": {"path": "/"}, "library": {"name": "analytics.js"}})


def history() -> Iterator[dict[str, Any]]:
    """Four people and a test user. ann and ben of acme (10 seats) came 40 days ago, cat 20, dan 3 days ago."""
    for user, came in (("ann", 40), ("ben", 40), ("cat", 20), ("dan", 3), ("robot", 40)):
        yield did("opened", user, came * DAY)
    for user in ("ann", "ben"):
        group = {"type": "group", "userId": user, "groupId": "acme", "traits": {"name": "Acme", "seats": 10}}
        yield {**group, "messageId": f"group-{user}", "timestamp": ago(39 * DAY)}
    yield {
        "type": "identify",
        "userId": "ann",
        "messageId": "ann-name",
        "timestamp": ago(39 * DAY),
        "traits": {"name": "Ann"},
    }
    # the feature: ann in weeks 1 to 3, ben twice a day ago, the robot a lot
    for days in (1, 8, 15):
        yield did("export", "ann", days * DAY)
    yield did("export", "ben", DAY)
    yield did("export", "ben", DAY + HOUR)
    yield did("export", "robot", DAY)
    # activation within 7 days: ann did both in time, ben exported too late, cat nothing, dan is young
    yield did("invite", "ann", 39 * DAY)
    yield did("export", "ann", 38 * DAY)
    yield did("invite", "ben", 39 * DAY)
    yield did("invite", "dan", 2 * DAY)
    # value: ann after 10 days, cat after 4
    yield did("send", "ann", 30 * DAY)
    yield did("share", "cat", 16 * DAY)
    # the chain: one done, one left after the second step, one open, one too long ago
    for import_id, begun, steps in (
        ("i1", 5 * DAY, 3),
        ("i2", 4 * DAY, 2),
        ("i3", 10 * MINUTE, 1),
        ("i0", 35 * DAY, 3),
    ):
        for i, name in enumerate(("start", "map", "finish")[:steps]):
            yield did(name, "ann", begun - i * MINUTE, import_id=import_id)
    # support: ann asks again about billing, ben does not, cat asked just now
    for user, days in (("ann", 39), ("ann", 37), ("ben", 38), ("cat", 2)):
        yield did("ticket_opened", user, days * DAY, area="billing")
    yield did("ticket_opened", "ben", 35 * DAY)


def write(folder: Path, name: str, document: dict[str, Any]) -> None:
    (folder / name).write_bytes(msgspec.json.encode(document))


@pytest.fixture(scope="module")
def shop(module_path: Path) -> Iterator[Shop]:
    made = Shop(module_path / "shop", TIP, chains=CHAINS)
    write(made.folder, "project.json", PROJECT)
    made.restart()
    assert made.runtime.rules.problems == []
    made.batch(*history())
    made.batch({"type": "identify", "userId": "robot", "messageId": "robot", "traits": {"test_user": True}})

    def met(tx: Tx) -> None:
        one = made.runtime.project_id
        told = [
            ("eligible", "ann", 9), ("viewed", "ann", 9), ("clicked", "ann", 9), ("goal", "ann", 8),
            ("eligible", "ben", 9), ("viewed", "ben", 3),
            ("eligible", "cat", 9), ("held:cap_user_24h", "cat", 9),
            ("eligible", "dan", 2), ("ghost", "dan", 2), ("goal", "dan", 1),
            ("eligible", "robot", 2), ("viewed", "robot", 2),
        ]  # fmt: skip
        for outcome, user, days in told:
            note(tx, one, "tidy-up", TODAY - days, outcome, f"u:{user}", START - days * DAY)

    made.runtime.store.write_now(met)
    made.sign_in()
    yield made
    made.close()


@pytest.fixture(scope="module")
def numbers(shop: Shop) -> dict[str, Any]:
    answer = shop.ask("GET", "/api/reports")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def near(value: float) -> object:
    return pytest.approx(value, abs=5e-5)


def behind(shop: Shop, report: str, number: str, of: str = "", **more: str) -> list[str]:
    answer = shop.ask("GET", f"/api/reports/{report}/people", params={"number": number, "of": of, **more})
    assert answer.status_code == 200, answer.text
    return [person["user_id"] for person in answer.json()["people"]]


def test_activity(shop: Shop, numbers: dict[str, Any]) -> None:
    period = numbers["activity"]["period"]
    assert (period["wau"], period["mau"]) == (4, 4)
    assert behind(shop, "activity", "mau") == ["ann", "ben", "cat", "dan"]
    # ann 15 8 5 4 1 0, ben 1, cat 20 16 2, dan 3 2
    assert period["dau"] == near(12 / 28)
    assert period["stickiness"] == near(12 / 28 / 4)
    assert numbers["activity"]["year_ago"] is None
    assert [week["active"] for week in numbers["activity"]["weeks"]][-3:] == [2, 1, 4]


def test_adoption(shop: Shop, numbers: dict[str, Any]) -> None:
    assert (numbers["adoption"]["active"], numbers["adoption"]["seats"]) == (4, 10)
    export, shared, unused = numbers["adoption"]["features"]
    assert export == {
        "feature": "export", "adopters": 2, "active": 4, "breadth": 0.5, "per_adopter": 2.5, "sustained": 1,
        "sustained_share": 0.5, "of_seats": 0.2, "not_yet": 2,
    }  # fmt: skip
    assert (shared["feature"], shared["adopters"], shared["breadth"]) == ("share / send", 1, 0.25)
    assert (unused["adopters"], unused["per_adopter"], unused["sustained_share"]) == (0, None, None)
    assert behind(shop, "adoption", "adopters", "export") == ["ann", "ben"]
    assert behind(shop, "adoption", "sustained", "export") == ["ann"]
    assert behind(shop, "adoption", "not_yet", "export") == ["cat", "dan"]


def test_activation(shop: Shop, numbers: dict[str, Any]) -> None:
    found = numbers["activation"]
    assert (found["events"], found["within"]) == (["invite", "export"], 7 * DAY)
    assert (found["people"], found["activated"], found["immature"], found["rate"]) == (3, 1, 1, near(0.3333))
    assert [cohort[1:] for cohort in found["cohorts"]] == [[2, 1], [1, 0]]
    assert behind(shop, "activation", "activated") == ["ann"]
    assert behind(shop, "activation", "not_activated") == ["ben", "cat"]
    assert behind(shop, "activation", "immature") == ["dan"]


def test_time_to_value(shop: Shop, numbers: dict[str, Any]) -> None:
    found = numbers["value"]
    # 3 waits (dan), 4 happens to one of 3 at risk, 10 to one of 2, 40 waits: S = 2/3, then 1/3
    assert found["curve"] == [[4.0, near(0.3333)], [10.0, near(0.6667)], [10.0, near(0.6667)]]
    assert (found["people"], found["reached"], found["median"], found["by_30"]) == (4, 2, 10.0, near(0.6667))
    assert behind(shop, "value", "waiting") == ["ben", "dan"]


def test_onboarding(shop: Shop, numbers: dict[str, Any]) -> None:
    found = {row["chain"]: row for row in numbers["onboarding"]}
    assert found.keys() == {"import", "team"}
    row = found["import"]
    assert (row["launches"], row["open"], row["done"], row["abandoned"], row["eligible"]) == (3, 1, 1, 1, 4)
    assert row["abandonment"] == 0.5
    assert [step["reached"] for step in row["steps"]] == [3, 2, 1]
    assert [step["conversion"] for step in row["steps"]] == [None, near(0.6667), 0.5]
    assert [step["median_ms"] for step in row["steps"]] == [None, MINUTE, MINUTE]
    assert (row["launch"], row["middle"], row["finish"]) == (0.75, near(0.6667), near(0.3333))
    assert row["index"] == near(51.6667)  # 100·(0.2·0.75 + 0.3·2/3 + 0.5·1/3)
    assert behind(shop, "onboarding", "step:3", "import") == ["ann"]
    assert found["team"]["eligible"] == 1  # an account
    assert found["team"]["launches"] == 0  # ann's invitation of 39 days ago is out of the period


def test_funnel(shop: Shop, numbers: dict[str, Any]) -> None:
    (row,) = numbers["funnel"]
    assert (row["tip"], row["name"], row["ghosts"]) == ("tidy-up", "Tidy up", 1)
    assert [(stage["stage"], stage["people"]) for stage in row["stages"]] == [
        ("eligible", 3), ("viewed", 2), ("engaged", 1), ("goal", 1),
    ]  # fmt: skip
    assert [stage["of_previous"] for stage in row["stages"]] == [None, near(0.6667), 0.5, 1.0]
    assert [stage["of_viewed"] for stage in row["stages"]] == [None, 1.0, 0.5, 0.5]
    assert row["held"] == [["cap_user_24h", 1]]
    assert numbers["words"]["cap_user_24h"]
    assert behind(shop, "funnel", "held:cap_user_24h", "tidy-up") == ["cat"]
    assert behind(shop, "funnel", "ghost", "tidy-up") == ["dan"]


def test_support(shop: Shop, numbers: dict[str, Any]) -> None:
    found = numbers["support"]
    assert found["topics"] == [
        {"topic": "billing", "asking": 3, "people": 2, "again": 1, "early": 1, "share": 0.5},
        {"topic": "", "asking": 1, "people": 1, "again": 0, "early": 0, "share": 0.0},
    ]
    (tip,) = found["tips"]
    assert tip["tip"] == "tidy-up"
    billing = tip["topics"][0]
    # ann saw it 9 days ago and asked 39 days ago: a whole month before; ben saw it 3 days ago
    assert billing["before"] == {"people": 2, "again": 1, "early": 0, "share": 0.5}
    assert billing["after"] == {"people": 0, "again": 0, "early": 0, "share": None}
    assert behind(shop, "support", "again", "billing") == ["ann"]
    assert behind(shop, "support", "before:tidy-up:people", "billing") == ["ann", "ben"]


def counts(found: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every (report, of, number) that the page makes a link of."""
    for number in ("wau", "mau"):
        yield "activity", "", number
    for row in found["adoption"]["features"]:
        yield from (("adoption", row["feature"], number) for number in ("adopters", "sustained", "not_yet"))
    yield from (("activation", "", number) for number in ("activated", "not_activated", "immature"))
    yield from (("value", "", number) for number in ("reached", "waiting"))
    for row in found["onboarding"]:
        steps = [f"step:{i + 1}" for i in range(len(row["events"]))]
        yield from (("onboarding", row["chain"], number) for number in (*steps, "open", "abandoned", "interrupted"))
    for row in found["funnel"]:
        held = [f"held:{code}" for code, _ in row["held"]]
        yield from (
            ("funnel", row["tip"], number) for number in ("eligible", "viewed", "engaged", "goal", "ghost", *held)
        )
    for row in found["support"]["topics"]:
        yield from (("support", row["topic"], number) for number in ("asking", "people", "again", "early"))


def test_every_number_opens_into_its_people(shop: Shop, numbers: dict[str, Any]) -> None:
    for report, of, number in counts(numbers):
        assert "robot" not in behind(shop, report, number, of)


def test_people_come_in_pages(shop: Shop) -> None:
    first = shop.ask("GET", "/api/reports/activity/people?number=mau&limit=3").json()
    assert (len(first["people"]), first["total"], first["next"]) == (3, 4, "u:cat")
    assert first["people"][0]["name"] == "Ann"
    assert first["people"][0]["account_name"] == "Acme"
    rest = shop.ask("GET", f"/api/reports/activity/people?number=mau&limit=3&after={first['next']}").json()
    assert ([person["user_id"] for person in rest["people"]], rest["next"]) == (["dan"], None)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("nothing/people?number=mau", 404),
        ("activity/people?number=none", 404),
        ("activity/people", 404),
        ("adoption/people?number=adopters&of=other", 404),
        ("activity/people?number=mau&limit=0", 422),
        ("activity/people?number=mau&limit=x", 422),
    ],
)
def test_a_number_that_is_not_there(shop: Shop, path: str, status: int) -> None:
    assert_problem(shop.ask("GET", f"/api/reports/{path}"), status)


def test_the_log_is_read_once_until_something_happens(shop: Shop) -> None:
    shop.ask("GET", "/api/reports")
    made = shop.app.state.reports.made
    shop.ask("GET", "/api/reports")
    shop.ask("GET", "/api/reports/activity/people?number=mau")
    assert shop.app.state.reports.made == made
    shop.batch(did("opened", "eve", HOUR))
    assert len(behind(shop, "activity", "mau")) == 4  # those of the number that was shown
    assert shop.app.state.reports.made == made
    assert shop.ask("GET", "/api/reports").json()["activity"]["period"]["mau"] == 5
    assert len(behind(shop, "activity", "mau")) == 5
    assert shop.app.state.reports.made == made + 1
    shop.now += DAY
    shop.ask("GET", "/api/reports")
    assert shop.app.state.reports.made == made + 2


def test_an_empty_project_has_reports_too(tmp_path: Path) -> None:
    made = Shop(tmp_path / "shop")
    made.sign_in()
    found = made.ask("GET", "/api/reports").json()
    assert (found["log_from"], found["activation"], found["value"], found["support"]) == (None, None, None, None)
    assert (found["onboarding"], found["funnel"], found["adoption"]["features"]) == ([], [], [])
    assert found["activity"]["period"] == {"dau": 0.0, "wau": 0, "mau": 0, "stickiness": None}
    made.close()
