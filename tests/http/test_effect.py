"""Whether a tip helps, asked over HTTP of a store in which people saw it, were kept from it, and did or did not do it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.http.shop import START, Shop, assert_problem, corner, track
from waypost.delivery.assign import draw
from waypost.insight.uplift import newcombe, pooled, ratio
from waypost.model import DAY, HOUR, MINUTE
from waypost.store import tips
from waypost.web.sessions import COOKIE

WEEK = 7 * DAY
GOAL = {"did": {"event": "exported"}}
HALF = {"holdout": 0.5}
PEOPLE = 420
NOTHING = {"test_users": 0, "earlier": 0, "control_of_all": 0, "contaminated": 0, "immature": 0}


def rule(tip: str = "hello", **parts: Any) -> dict[str, Any]:
    return corner(
        tip, surface="inline", anchor="a", **{"goal": GOAL, "repeat": {"mode": "once"}, "policy": HALF, **parts}
    )


def held(user: str, tip: str = "hello") -> bool:
    return draw(tip, user) < 0.5


def meets(shop: Shop, user: str | None, anon: str) -> bool:
    """Somebody visits, and the browser says that the tip was seen, or that a ghost stood in its place."""
    who = {"user": user, "anon_id": anon, "page": f"p-{anon}-{user}"}
    event = {"type": "page", "ageMs": MINUTE, "messageId": f"{anon}-{user}"}
    (offer,) = shop.sync(**who, events=[event])["offers"]
    shop.sync(**who, feedback=[{"offer_id": offer["offer_id"], "what": "ghost" if offer["ghost"] else "viewed"}])
    return bool(offer["ghost"])


def effect(shop: Shop, tip: str = "hello", lang: str = "en") -> dict[str, Any]:
    client = shop.browser()
    client.cookies.set(COOKIE, shop.runtime.signer.dumps("console", "admin", shop.runtime.clock.wall()))
    answer = shop.ask("GET", f"/api/tips/{tip}/effect?lang={lang}", client)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def counts(found: dict[str, Any]) -> list[int]:
    looks = found["verdict"]["looks"]
    return [looks[-1][name] for name in ("shown", "shown_reached", "held", "held_reached")] if looks else [0] * 4


def fresh(folder: Path, *rules: dict[str, Any], project: dict[str, Any] | None = None) -> Iterator[Shop]:
    if project is not None:
        folder.mkdir(parents=True)
        (folder / "project.json").write_text(json.dumps(project))
    made = Shop(folder, *rules)
    yield made
    made.close()


@pytest.fixture(scope="module")
def lived(module_path: Path) -> Iterator[Shop]:
    """420 people in two days; every second who saw the tip exports, and every fourth who was kept from it."""
    for made in fresh(module_path / "lived", rule()):
        for number in range(PEOPLE):
            made.now = START + (number % 2) * DAY + number
            meets(made, f"{number}", f"anon-{number}")
        made.now = START + 2 * DAY
        done = [n for n in range(PEOPLE) if n % (4 if held(f"u:{n}") else 2) == 0]
        made.batch(*(track("exported", f"{number}") for number in done))
        made.now = START + 9 * DAY
        yield made


def test_the_numbers_are_exact(lived: Shop) -> None:
    kept = {n for n in range(PEOPLE) if held(f"u:{n}")}
    wanted = [
        PEOPLE - len(kept), len([n for n in range(PEOPLE) if n not in kept and n % 2 == 0]),
        len(kept), len([n for n in kept if n % 4 == 0]),
    ]  # fmt: skip
    found = effect(lived)
    assert counts(found) == wanted
    assert (found["control"], found["share"], found["unit"], found["window"]) == ("rule", 0.5, "user", WEEK)
    assert (found["left_out"], found["since"], found["monthly"], found["cohorts"]) == (NOTHING, START, PEOPLE, [])
    verdict = found["verdict"]
    assert (verdict["planned"], verdict["needed"], verdict["fixed"]) == ([1_106, 1_106], 2_212 - PEOPLE, None)
    latest = verdict["looks"][-1]
    assert latest["difference"] == pytest.approx(wanted[1] / wanted[0] - wanted[3] / wanted[2])
    assert [look["day"] for look in verdict["looks"]] == [START // DAY, START // DAY + 1]
    assert (found["state"], found["words"][0]) == ("helps", "It helps.")
    assert latest["low"] > 0


def test_the_words_are_russian_too(lived: Shop) -> None:
    english, russian = (effect(lived, lang=lang)["words"] for lang in ("en", "ru"))
    assert (russian[0], len(russian)) == ("Помогает.", len(english))
    assert "контрольной группе" in russian[1]


def test_until_the_window_is_over_people_are_counted_apart(lived: Shop) -> None:
    last, now = START + DAY + PEOPLE - 1, lived.now
    for at, immature in ((last + WEEK, 0), (last + WEEK - 1, 1), (START + WEEK - 1, PEOPLE)):
        lived.now = at
        found = effect(lived)
        assert found["left_out"]["immature"] == immature
        assert sum(counts(found)[::2]) == PEOPLE - immature
    lived.now = now
    assert effect(lived)["verdict"]["looks"]


def test_who_is_not_signed_in_and_what_is_no_tip(lived: Shop) -> None:
    assert_problem(lived.ask("GET", "/api/tips/hello/effect", lived.browser()), 401, "signed_out")
    lived.sign_in()
    assert_problem(lived.ask("GET", "/api/tips/nope/effect"), 404, "not_found")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    yield from fresh(tmp_path / "shop", rule())


@pytest.mark.parametrize(("after", "counts_as"), [(1, 1), (HOUR, 1), (WEEK, 1), (WEEK + 1, 0)])
@pytest.mark.parametrize("ghost", [False, True])
def test_the_goal_counts_to_the_millisecond_and_alike_in_both_groups(
    shop: Shop, ghost: bool, after: int, counts_as: int
) -> None:
    _, user = drawn(False, ghost)
    assert meets(shop, user, "anon") is ghost
    shop.now = START + after
    shop.batch(track("exported", user))
    shop.now = START + 2 * WEEK
    assert counts(effect(shop)) == ([0, 0, 1, counts_as] if ghost else [1, counts_as, 0, 0])


def test_a_click_is_no_effect(shop: Shop) -> None:
    user = next(f"{n}" for n in range(9) if not held(f"u:{n}"))
    events = [{"type": "page", "ageMs": MINUTE}]
    (offer,) = shop.sync(user, events=events)["offers"]
    shop.sync(user, feedback=[{"offer_id": offer["offer_id"], "what": what} for what in ("viewed", "clicked")])
    shop.now += 2 * WEEK
    assert counts(effect(shop)) == [1, 0, 0, 0]


def test_test_users_are_never_counted(shop: Shop) -> None:
    for user in ("0", "1", "2"):
        meets(shop, user, f"anon-{user}")
    identify = {"type": "identify", "userId": "0", "traits": {"test_user": True}}
    shop.batch(identify, track("exported", "0"))
    assert shop.sync("0", page="later", anon_id="anon-0")["offers"] == []
    shop.now += 2 * WEEK
    found = effect(shop)
    assert (found["left_out"], sum(counts(found)[::2])) == (NOTHING | {"test_users": 1}, 2)
    shop.batch({**identify, "traits": {"test_user": False}})
    assert effect(shop)["left_out"] == NOTHING


def test_what_a_test_user_is_shown_is_not_even_kept(shop: Shop) -> None:
    (offer,) = shop.sync("0", events=[{"type": "page", "ageMs": MINUTE}])["offers"]
    shop.batch({"type": "identify", "userId": "0", "traits": {"test_user": True}})
    shop.sync("0", feedback=[{"offer_id": offer["offer_id"], "what": "viewed"}])
    shop.now += 2 * WEEK
    assert effect(shop)["left_out"] == NOTHING
    assert counts(effect(shop)) == [0, 0, 0, 0]


def drawn(anon: bool, user: bool) -> tuple[str, str]:
    """An anonymous id and a user of which each is in the control group, or not."""
    return (
        next(f"anon-{n}" for n in range(99) if held(f"a:anon-{n}") is anon),
        next(f"user-{n}" for n in range(99) if held(f"u:user-{n}") is user),
    )


@pytest.mark.parametrize(("anon", "user"), [(False, True), (True, False)])
def test_a_visitor_drawn_otherwise_than_the_user_is_left_out_and_counted(shop: Shop, anon: bool, user: bool) -> None:
    visitor, known = drawn(anon, user)
    assert meets(shop, None, visitor) is anon
    shop.batch(track("signed_in", known, anonymousId=visitor))
    shop.now += 2 * WEEK
    found = effect(shop)
    assert (found["left_out"], counts(found)) == (NOTHING | {"contaminated": 1}, [0, 0, 0, 0])


def test_a_visitor_drawn_as_the_user_is_one_person(shop: Shop) -> None:
    visitor, known = drawn(False, False)
    meets(shop, None, visitor)
    shop.now += HOUR
    shop.batch(track("exported", known, anonymousId=visitor))
    shop.now += 2 * WEEK
    found = effect(shop)
    assert (found["left_out"], counts(found)) == (NOTHING, [1, 1, 0, 0])


@pytest.mark.parametrize(("after", "contaminated"), [(HOUR, 1), (WEEK, 1), (WEEK + 1, 0)])
def test_who_appears_in_both_groups_while_the_goal_is_awaited_is_left_out(
    shop: Shop, after: int, contaminated: int
) -> None:
    def job(tx: Any) -> None:
        for outcome, at in (("viewed", START), ("ghost", START + after)):
            tips.note(tx, shop.runtime.project_id, "hello", at // DAY, outcome, "u:torn", at)

    shop.runtime.store.write_now(job)
    shop.now += 3 * WEEK
    found = effect(shop)
    assert found["left_out"]["contaminated"] == contaminated
    assert counts(found) == [1 - contaminated, 0, 0, 0]


def test_the_first_record_of_a_day_is_the_earliest_in_any_order_of_arrival(shop: Shop) -> None:
    def job(tx: Any) -> None:
        for at in (START + 5, START + 3, START + 9):
            tips.note(tx, shop.runtime.project_id, "hello", at // DAY, "viewed", "u:x", at)
        (met,) = tips.first_records(tx, shop.runtime.project_id, "hello")
        assert (met.first, met.ghost, met.goal) == (START + 3, None, None)

    shop.runtime.store.write_now(job)


def test_other_projects_and_other_tips_do_not_count(shop: Shop) -> None:
    def job(tx: Any) -> None:
        own = shop.runtime.project_id
        for project, tip in ((own + 1, "hello"), (own, "other")):
            tips.note(tx, project, tip, START // DAY, "viewed", "u:x", START)

    shop.runtime.store.write_now(job)
    shop.now += 2 * WEEK
    assert counts(effect(shop)) == [0, 0, 0, 0]


def change(shop: Shop, **parts: Any) -> None:
    (shop.folder / "tips" / "hello.json").write_text(json.dumps(rule(**parts)))
    shop.restart()


def test_people_from_before_the_control_group_or_another_goal_do_not_count(tmp_path: Path) -> None:
    for shop in fresh(tmp_path / "shop", rule(policy={})):
        meets(shop, "early", "anon-early")
        shop.now += DAY
        change(shop)
        meets(shop, "late", "anon-late")
        shop.now += DAY
        change(shop, name="A new name measures nothing new")
        since = effect(shop)["since"]
        shop.now += 2 * WEEK
        found = effect(shop)
        assert (since, found["since"], found["left_out"]) == (START + DAY, START + DAY, NOTHING | {"earlier": 1})
        assert sum(counts(found)[::2]) == 1
        change(shop, goal={"did": {"event": "printed"}})
        assert effect(shop)["left_out"] == NOTHING | {"earlier": 2}


def test_without_a_control_group_there_are_cohorts_that_prove_nothing(tmp_path: Path) -> None:
    for shop in fresh(tmp_path / "shop", rule(policy={})):
        for day in (0, 1, 3):  # Friday, Saturday, Monday
            shop.now = START + day * DAY
            meets(shop, f"{day}", f"anon-{day}")
        shop.batch(track("exported", "1"))
        shop.now += 2 * WEEK
        found = effect(shop)
        assert (found["state"], found["control"], found["verdict"]) == ("not_causal", "none", None)
        assert found["words"][0] == "Not causal: this tip has no control group."
        monday = START // DAY - 4
        cohorts = [(one["week"], one["people"], one["reached"]) for one in found["cohorts"]]
        assert cohorts == [(monday, 2, 1), (monday + 7, 1, 0)]


def test_without_a_goal_there_is_nothing_to_measure(tmp_path: Path) -> None:
    bare = rule()
    del bare["goal"]
    for shop in fresh(tmp_path / "shop", bare):
        assert (effect(shop)["state"], effect(shop)["verdict"]) == ("no_goal", None)


@pytest.mark.parametrize("policy", [{"category": "help"}, {"category": "security"}, {"mandatory": True}])
def test_help_security_and_mandatory_tips_are_compared_with_nobody(tmp_path: Path, policy: dict[str, Any]) -> None:
    for shop in fresh(tmp_path / "shop", rule(policy=policy), project={"holdout": {"share": 0.5}}):
        assert (effect(shop)["control"], effect(shop)["state"]) == ("none", "not_causal")


def of_all(user: str) -> bool:
    return draw("all:2027Q1", f"u:{user}") < 0.5


def test_who_sees_no_tip_at_all_is_no_control_group_of_one_that_has_its_own(tmp_path: Path) -> None:
    for shop in fresh(tmp_path / "shop", rule(), project={"holdout": {"share": 0.5}}):
        people = [f"{n}" for n in range(40)]
        for user in people:
            meets(shop, user, f"anon-{user}")
        shop.now += 2 * WEEK
        others = [user for user in people if not of_all(user)]
        kept = sum(held(f"u:{user}") for user in others)
        found = effect(shop)
        assert found["left_out"] == NOTHING | {"control_of_all": len(people) - len(others)}
        assert counts(found) == [len(others) - kept, 0, kept, 0]


def test_without_one_of_its_own_a_tip_is_compared_with_the_control_group_of_all(tmp_path: Path) -> None:
    for shop in fresh(tmp_path / "shop", rule(policy={}), project={"holdout": {"share": 0.5}}):
        people = [f"{n}" for n in range(40)]
        for user in people:
            meets(shop, user, f"anon-{user}")
            shop.now += 1
        first = next(n for n, user in enumerate(people) if of_all(user))
        shop.now += 2 * WEEK
        kept = sum(map(of_all, people))
        found = effect(shop)
        assert (found["control"], found["since"], found["left_out"]["earlier"]) == ("all", START + first, first)
        assert counts(found) == [len(people) - first - kept, 0, kept, 0]
        assert "no tip at all" in found["words"][-1]


def test_with_unit_account_accounts_are_compared(tmp_path: Path) -> None:
    for shop in fresh(tmp_path / "shop", rule(policy={**HALF, "unit": "account"})):
        for account in range(12):
            for person in range(2):
                user = f"{account}-{person}"
                shop.batch({"type": "group", "userId": user, "groupId": f"{account}"})
                assert meets(shop, user, f"anon-{user}") is held(f"g:{account}")
        shop.now += 2 * WEEK
        kept = sum(held(f"g:{account}") for account in range(12))
        found = effect(shop)
        assert found["verdict"]["accounts"] == [12 - kept, kept]
        assert counts(found) == [24 - 2 * kept, 0, 2 * kept, 0]
        assert (found["unit"], found["state"], found["verdict"]["fixed"]) == ("account", "too_few", None)
        assert any("30 accounts" in sentence for sentence in found["words"])


def keep(shop: Shop, group: str, people: int, reached: int, at: int) -> None:
    """So many records straight into the store, as the journal would keep them."""
    project = shop.runtime.project_id

    def job(tx: Any) -> None:
        for n in range(people):
            tips.note(tx, project, "hello", at // DAY, group, f"u:{group}-{n}", at)
            if n < reached:
                tips.note(tx, project, "hello", at // DAY, "goal", f"u:{group}-{n}", at + 1)

    shop.runtime.store.write_now(job)


def test_the_look_fixed_beforehand_has_the_interval_the_ratio_and_p(shop: Shop) -> None:
    keep(shop, "viewed", 1_110, 133, START)
    keep(shop, "ghost", 1_106, 93, START)
    shop.now += 2 * WEEK
    found = effect(shop)
    fixed, cells = found["verdict"]["fixed"], (133, 1_110, 93, 1_106)
    assert (found["state"], found["verdict"]["needed"], fixed["day"]) == ("helps", 0, START // DAY)
    assert (fixed["low"], fixed["high"]) == newcombe(*cells)
    assert (fixed["z"], fixed["p"]) == pooled(*cells)
    assert fixed["ratio"] == list(ratio(*cells))
    assert found["words"][2] == "+3.6 points (1.1 to 6.1) at the one look fixed beforehand, 2027-01-23; p 0.0055."


def test_groups_of_the_wrong_size_raise_the_alarm(shop: Shop) -> None:
    keep(shop, "viewed", 600, 60, START)
    keep(shop, "ghost", 400, 30, START)
    shop.now += 2 * WEEK
    found = effect(shop)
    chi2, p = found["verdict"]["mismatch"]
    assert (found["state"], round(chi2, 6), p < 0.001) == ("mismatch", 40.0, True)
    assert found["words"][0].startswith("Do not trust this comparison")


# -- which text does better

SHARED: dict[str, Any] = {
    "variants": [
        {"share": 0.25, "name": "short", "text": {"en": {"title": "Short"}}},
        {"share": 0.25, "text": {"en": {"title": "Long"}}},
    ]
}


def text_of(user: str) -> int:
    value = draw("variant:hello", f"u:{user}")
    return 0 if value < 0.25 else 1 if value < 0.5 else -1


def tried(found: dict[str, Any]) -> list[tuple[int, int, int]]:
    return [(one["variant"], one["people"], one["reached"]) for one in found["texts"]["tried"]]


@pytest.fixture
def drawing(tmp_path: Path) -> Iterator[Shop]:
    yield from fresh(tmp_path / "drawing", rule(**SHARED))


def test_each_text_is_compared_with_the_rules_own_among_those_who_saw_it(drawing: Shop) -> None:
    people = [f"{n}" for n in range(120)]
    for user in people:
        meets(drawing, user, f"anon-{user}")
    drawing.now += DAY
    drawing.batch(*(track("exported", user) for user in people[:40]))
    drawing.now += 2 * WEEK
    seen = [user for user in people if not held(f"u:{user}")]
    found = effect(drawing)
    assert tried(found) == [
        (text, sum(text_of(user) == text for user in seen), sum(text_of(user) == text for user in seen if int(user) < 40))
        for text in (-1, 0, 1)
    ]  # fmt: skip
    assert [(one["name"], one["share"]) for one in found["texts"]["tried"]] == [
        ("", 0.5),
        ("short", 0.25),
        ("", 0.25),
    ]
    assert sum(counts(found)[::2]) == len(people), "the effect of the tip itself is counted as before"
    assert found["texts"]["tried"][0]["verdict"] is None
    assert [one["verdict"]["code"] for one in found["texts"]["tried"][1:]] == ["too_few", "too_few"]
    own, other = found["texts"]["tried"][1]["verdict"]["planned"]
    assert own == pytest.approx(2 * other, abs=2)
    english, russian = (effect(drawing, lang=lang)["texts"]["words"] for lang in ("en", "ru"))
    assert english[0].startswith("Text “short” against the rule’s own text: not enough data. ")
    assert russian[1].startswith("Текст 2 против собственного текста правила: данных мало. ")


def keep_text(shop: Shop, variant: int, people: int, reached: int, at: int = START) -> None:
    """So many who saw one text, as the journal would keep them."""
    project = shop.runtime.project_id

    def job(tx: Any) -> None:
        for n in range(people):
            for outcome in ("viewed", f"{tips.TEXT}{variant}"):
                tips.note(tx, project, "hello", at // DAY, outcome, f"u:{variant}-{n}", at)
            if n < reached:
                tips.note(tx, project, "hello", at // DAY, "goal", f"u:{variant}-{n}", at + 1)

    shop.runtime.store.write_now(job)


def test_a_text_that_does_better_is_told_with_both_intervals(drawing: Shop) -> None:
    planned = effect(drawing)["texts"]["tried"][1]["verdict"]["planned"]
    for variant, people, reached in ((-1, planned[0], 120), (0, planned[1], 110), (1, planned[1], 65)):
        keep_text(drawing, variant, people, reached)
    drawing.now += 2 * WEEK
    found = effect(drawing)
    short, long = (one["verdict"] for one in found["texts"]["tried"][1:])
    cells = (110, planned[1], 120, planned[0])
    assert (short["code"], short["needed"], long["code"]) == ("helps", 0, "no_difference")
    assert (short["fixed"]["low"], short["fixed"]["high"]) == newcombe(*cells)
    assert short["looks"][-1]["low"] < short["fixed"]["low"], "looking every day has its price"
    assert found["texts"]["words"][0].startswith("Text “short” against the rule’s own text: it does better. +")
    assert "however often one looks" in found["texts"]["words"][0]


def test_texts_that_were_not_seen_as_often_as_drawn_raise_the_alarm(drawing: Shop) -> None:
    keep_text(drawing, -1, 400, 40)
    keep_text(drawing, 0, 300, 60)
    keep_text(drawing, 1, 200, 20)
    drawing.now += 2 * WEEK
    short, long = (one["verdict"] for one in effect(drawing)["texts"]["tried"][1:])
    assert (short["code"], round(short["mismatch"][0], 2)) == ("mismatch", 28.57)
    assert (long["code"], round(long["mismatch"][1], 6)) == ("unclear", 1.0)


@pytest.mark.parametrize(("after", "contaminated"), [(HOUR, 1), (WEEK, 1), (WEEK + 1, 0)])
def test_who_saw_two_texts_while_the_goal_is_awaited_is_left_out(
    drawing: Shop, after: int, contaminated: int
) -> None:
    def job(tx: Any) -> None:
        for outcome, at in (("viewed", START), ("text:0", START), ("text:1", START + after)):
            tips.note(tx, drawing.runtime.project_id, "hello", at // DAY, outcome, "u:torn", at)

    drawing.runtime.store.write_now(job)
    drawing.now += 3 * WEEK
    found = effect(drawing)
    assert found["texts"]["contaminated"] == contaminated
    assert tried(found) == [(-1, 0, 0), (0, 1 - contaminated, 0), (1, 0, 0)]


def test_another_text_begins_the_comparison_anew_and_people_keep_what_they_saw(tmp_path: Path) -> None:
    often: dict[str, Any] = {"policy": {}, "repeat": {"cooldown": "0s", "max": 99}}
    for shop in fresh(tmp_path / "shop", rule(**often, **SHARED)):
        users = [next(f"{n}" for n in range(99) if text_of(f"{n}") == text) for text in (0, 1, -1)]
        first = [title_of(shop, user) for user in users]
        shop.now += 2 * DAY
        more = [{**variant, "share": 0.001} for variant in SHARED["variants"]]
        change(shop, **often, variants=more)
        shop.now += 1
        assert [title_of(shop, user) for user in users] == first == [["Short"], ["Long"], ["hello"]]
        title_of(shop, "new")
        shop.now += 2 * WEEK
        found = effect(shop)
        assert (found["texts"]["since"], found["texts"]["earlier"], found["left_out"]) == (
            START + 2 * DAY,
            3,
            NOTHING,
        )
        assert tried(found) == [(-1, 1, 0), (0, 0, 0), (1, 0, 0)]


def title_of(shop: Shop, user: str) -> Any:
    """Somebody visits and sees the tip."""
    who = {"user": user, "anon_id": f"anon-{user}", "page": f"p-{user}-{shop.now}"}
    event = {"type": "page", "ageMs": MINUTE, "messageId": who["page"]}
    (offer,) = shop.sync(**who, events=[event])["offers"]
    shop.sync(**who, feedback=[{"offer_id": offer["offer_id"], "what": "viewed"}])
    return offer["content"]["title"]


def test_without_a_goal_or_a_second_text_nothing_is_compared(shop: Shop) -> None:
    assert effect(shop)["texts"] is None
    change(shop, variants=[{"share": 1, "text": {"en": {"title": "Only"}}}])
    assert effect(shop)["texts"] is None


def test_where_nobody_is_drawn_for_the_own_text_the_first_is_what_the_others_are_compared_with(shop: Shop) -> None:
    change(shop, variants=[{**variant, "share": 0.5} for variant in SHARED["variants"]])
    found = effect(shop)["texts"]
    assert [one["variant"] for one in found["tried"]] == [0, 1]
    assert found["words"][0].startswith("Text 2 against text “short”: not enough data.")


def test_with_unit_account_texts_are_compared_by_account(tmp_path: Path) -> None:
    for shop in fresh(tmp_path / "shop", rule(policy={"unit": "account"}, **SHARED)):
        for account in range(12):
            for person in range(2):
                user = f"{account}-{person}"
                shop.batch({"type": "group", "userId": user, "groupId": f"{account}"})
                meets(shop, user, f"anon-{user}")
        shop.now += 2 * WEEK
        found = effect(shop)
        of = [draw("variant:hello", f"g:{account}") for account in range(12)]
        own, short = sum(value >= 0.5 for value in of), sum(value < 0.25 for value in of)
        assert tried(found)[:2] == [(-1, 2 * own, 0), (0, 2 * short, 0)]
        assert found["texts"]["tried"][1]["verdict"]["accounts"] == [short, own]
        assert "30 accounts" in found["texts"]["words"][0]
