"""Surveys from the question on the wire to the score: answers in the app, answers told by a server, tasks, the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.http.shop import START, Shop, assert_problem, corner, track
from waypost.model import DAY, MINUTE, TIP
from waypost.settings import LIMITS
from waypost.store.answers import Answer, answers_of
from waypost.web.background import alerts_hook

NPS = corner("nps", kind="survey", questions=[{"scale": "nps"}], repeat={"mode": "cooldown", "cooldown": "90d"})
CSAT = corner("csat", kind="survey", questions=[{"scale": "csat"}], trigger={"on": {"event": "rate"}})
IDEA = corner(
    "idea",
    kind="survey",
    questions=[{"scale": "text"}],
    trigger={"on": {"event": "feedback_opened"}},
    policy={"opened": True, "mandatory": True, "category": "feedback"},
)
DETRACTOR = {
    "id": "detractor",
    "kind": "alert",
    "scope": "user",
    "text": {"en": {"title": "{user.name|Somebody} would not recommend us"}},
    "trigger": {"on": {"event": "survey_answered", "where": {"<=": [{"var": "event.score"}, 6]}}},
    "alert": {"clear": {">": [{"survey": {"id": "nps", "score": True}}, 6]}},
}
PAGE = {"type": "page", "properties": {"route": "/deals"}, "ageMs": MINUTE}
GROUP = {"type": "group", "groupId": "acme", "traits": {"name": "Acme", "plan": "team"}}
PATH = {"context": {"path": "/deals", "locale": "ru"}}
LONG = "x" * LIMITS.comment_chars


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "shop", NPS, CSAT, IDEA, DETRACTOR)
    made.runtime.on_facts = alerts_hook
    made.sign_in()
    yield made
    made.close()


def asked(shop: Shop, survey: str = "nps", user: str = "ivan", *events: dict[str, Any]) -> dict[str, Any]:
    """The offer of a survey to this person, on a page of its own."""
    page = f"{user}-{shop.now}"
    account = {} if user == "ivan" else {"groupId": f"acme of {user}"}
    known = [{**GROUP, **account, "messageId": f"group-{page}"}, {**PAGE, "messageId": page}]
    reply = shop.sync(user, page, anon_id=f"anon-{user}", events=[*known, *events])
    found: dict[str, Any] = next(offer for offer in reply["offers"] if offer["tip"] == survey)
    return found


def answer(shop: Shop, offer: dict[str, Any], user: str = "ivan", **said: Any) -> list[str]:
    """Reasons why it was refused."""
    told = {"offer_id": offer["offer_id"], "what": "answered", **said}
    reply = shop.sync(user, anon_id=f"anon-{user}", feedback=[told], **PATH)
    return [refused["reason"] for refused in reply["refused"]]


def answers(shop: Shop, subject: str = "u:ivan") -> list[Answer]:
    return shop.runtime.store.read_now(lambda tx: answers_of(tx, shop.runtime.project_id, subject, 50))


def get(shop: Shop, path: str) -> Any:
    reply = shop.ask("GET", path)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_the_offer_carries_the_question_in_the_language_of_its_text(shop: Shop) -> None:
    offer = asked(shop)
    assert (offer["surface"], offer["intrusive"]) == ("survey", True)
    assert offer["content"]["question"] == {
        "scores": [0, 10],
        "low": "Not likely",
        "high": "Very likely",
        "comment": "What is the main reason?",
        "send": "Send",
        "thanks": "Thank you for your answer",
    }


def test_an_answer_is_kept_with_where_and_after_what_and_on_which_plan_it_was_given(shop: Shop) -> None:
    offer = asked(shop, "nps", "ivan", track("report_opened"), track("report_exported"))
    shop.now += MINUTE
    assert answer(shop, offer, score=3, comment="  Too slow.  ") == []
    (event,) = shop.events(TIP)
    assert {name: event.props[name] for name in ("tip", "what", "score", "comment", "scale", "locale")} == {
        "tip": "nps", "what": "answered", "score": 3, "comment": "Too slow.", "scale": "nps", "locale": "en",
    }  # fmt: skip
    (kept,) = answers(shop)
    assert (kept.survey, kept.score, kept.comment, kept.at) == ("nps", 3, "Too slow.", START + MINUTE)
    assert (kept.route, kept.account, kept.plan) == ("/deals", "g:acme", "team")
    assert kept.recent == ["report_exported", "report_opened"]
    assert answers(shop, "g:acme") == [kept]


@pytest.mark.parametrize(
    ("survey", "said", "refused"),
    [
        ("nps", {"score": 0}, []),
        ("nps", {"score": 10, "comment": LONG}, []),
        ("nps", {"score": 10, "comment": LONG + "x"}, ["bad_comment"]),
        ("nps", {"score": 10, "comment": ["x"]}, ["bad_comment"]),
        ("nps", {"score": -1}, ["bad_score"]),
        ("nps", {"score": 11}, ["bad_score"]),
        ("nps", {"score": 7.5}, ["bad_score"]),
        ("nps", {"score": True}, ["bad_score"]),
        ("nps", {"score": "9"}, ["bad_score"]),
        ("nps", {"comment": "No score."}, ["bad_score"]),
        ("csat", {"score": 5}, []),
        ("csat", {"score": 0}, ["bad_score"]),
        ("csat", {"score": 6}, ["bad_score"]),
        ("idea", {"comment": "A dark theme"}, []),
        ("idea", {"comment": "  "}, ["no_comment"]),
        ("idea", {"comment": "A dark theme", "score": 5}, ["bad_score"]),
    ],
)
def test_only_an_answer_to_the_question_is_one(
    shop: Shop, survey: str, said: dict[str, Any], refused: list[str]
) -> None:
    moment = {"csat": [track("rate")], "idea": [track("feedback_opened")]}.get(survey, [])
    assert answer(shop, asked(shop, survey, "ivan", *moment), **said) == refused
    assert len(answers(shop)) == (not refused)


def test_an_answered_survey_does_not_come_again_unless_its_repeat_says_so(shop: Shop) -> None:
    answer(shop, asked(shop, "csat", "ivan", track("rate")), score=4)
    answer(shop, asked(shop, "nps", "olga"), "olga", score=9)
    shop.now += 91 * DAY
    again = [
        {
            offer["tip"]
            for offer in shop.sync(user, "p2", anon_id=f"anon-{user}", events=[PAGE, track("rate")])["offers"]
        }
        for user in ("ivan", "olga")
    ]
    assert "csat" not in again[0]
    assert "nps" in again[1]


def test_what_the_person_opens_comes_as_often_as_they_like_and_costs_no_attention(shop: Shop) -> None:
    for page in range(4):
        opened = [{**track("feedback_opened"), "messageId": f"open-{page}"}]
        offers = shop.sync("ivan", f"p{page}", anon_id="anon-ivan", events=[PAGE, *opened])["offers"]
        offer = next(one for one in offers if one["tip"] == "idea")
        assert not offer["intrusive"]
        told = [
            {"offer_id": offer["offer_id"], "what": what} for what in ("viewed", "dismissed" if page else "muted")
        ]
        shop.sync("ivan", f"p{page}", anon_id="anon-ivan", feedback=told)
    shop.now += MINUTE
    assert asked(shop, "nps")["tip"] == "nps", "no cap, no fatigue and no rest come of it"


def test_a_preview_and_a_test_user_leave_no_answer(shop: Shop) -> None:
    shop.sync("ivan", events=[{"type": "identify", "traits": {"test_user": True}}])
    token = shop.runtime.signer.dumps("preview", {"tip": "nps"}, shop.runtime.clock.wall())
    for user in ("ivan", "olga"):
        offer = shop.sync(user, anon_id=f"anon-{user}", events=[PAGE], preview=token)["offers"][0]
        assert answer(shop, offer, user, score=1) == []
    assert answers(shop) == answers(shop, "u:olga") == []


def test_what_a_server_tells_of_an_answer_counts_as_one(shop: Shop) -> None:
    told = {"survey": "nps", "score": 2, "comment": "By mail"}
    sent = {**track("survey_answered", properties=told), "messageId": "m1"}
    shop.server({**GROUP, "userId": "ivan"}, sent)
    shop.server(sent)
    (kept,) = answers(shop)
    assert (kept.score, kept.comment, kept.route, kept.account) == (2, "By mail", "", "g:acme")
    assert [task["rule"] for task in get(shop, "/api/v1/tasks")["tasks"]] == ["detractor"]
    (found,) = [one for one in get(shop, "/api/v1/surveys")["surveys"] if one["id"] == "nps"]
    assert (found["answers"], found["viewed"], found["answered"], found["rate"]) == (1, 0, 0, None)


def test_what_a_server_tells_wrongly_is_refused_with_what_is_right_and_another_survey_is_a_plain_event(
    shop: Shop,
) -> None:
    wrong = track("survey_answered", properties={"survey": "nps", "score": 11})
    (refused,) = shop.server(wrong)["rejected"]
    assert (refused["code"], refused["reason"]) == (
        "bad_score",
        'an answer to "nps" has "score" from 0 to 10; a "comment" is a text of at most 2000 characters',
    )
    assert shop.server(track("survey_answered", properties={"survey": "other", "score": 11}))["rejected"] == []
    for refused in (shop.sync(events=[wrong])["rejected"][0], shop.batch(wrong)["rejected"][0]):
        assert refused["code"] == "needs_secret_key", "the write key is public"
    assert answers(shop) == []


def test_a_detractor_opens_a_task_that_holds_the_words_and_a_better_score_closes_it(shop: Shop) -> None:
    answer(shop, asked(shop), score=6, comment="The export is slow.")
    (task,) = get(shop, "/api/v1/tasks")["tasks"]
    assert (task["rule"], task["subject"], task["account"]) == ("detractor", "u:ivan", "acme")
    (said,) = get(shop, f"/api/v1/tasks/{task['id']}")["answers"]
    assert (said["score"], said["comment"], said["route"], said["plan"]) == (
        6,
        "The export is slow.",
        "/deals",
        "team",
    )
    shop.now += 91 * DAY
    answer(shop, asked(shop), score=7)
    shop.sign_in()
    assert get(shop, "/api/v1/tasks")["tasks"] == []


def test_the_latest_answer_of_a_person_counts_and_what_was_said_before_identifying_is_theirs(shop: Shop) -> None:
    offer = next(o for o in shop.sync(None, anon_id="anon-ivan", events=[PAGE])["offers"] if o["tip"] == "nps")
    told = {"offer_id": offer["offer_id"], "what": "answered", "score": 0}
    shop.sync(None, anon_id="anon-ivan", feedback=[told])
    shop.now += DAY
    shop.sync("ivan", anon_id="anon-ivan", events=[{"type": "identify", "traits": {}}])
    shop.server(track("survey_answered", properties={"survey": "nps", "score": 10}))
    (found,) = [one for one in get(shop, "/api/v1/surveys")["surveys"] if one["id"] == "nps"]
    assert found["counts"] == [0] * 10 + [1]
    assert [kept.score for kept in answers(shop)] == [10, 0]


def test_a_survey_shows_score_interval_response_rate_and_a_page_of_words(shop: Shop) -> None:
    for number in range(12):
        user, offer = f"user-{number}", asked(shop, "nps", f"user-{number}")
        told = [{"offer_id": offer["offer_id"], "what": "viewed"}]
        shop.sync(user, anon_id=f"anon-{user}", feedback=told)
        if number < 10:
            answer(shop, offer, user, score=10 if number < 6 else 3, comment=f"Words {number}" if number % 2 else "")
    found = get(shop, "/api/v1/surveys/nps?limit=3")
    assert (found["answers"], found["viewed"], found["answered"], found["least"]) == (10, 12, 10, 10)
    assert found["score"]["value"] == pytest.approx(20)
    assert found["score"]["low"] < 20 < found["score"]["high"]
    assert found["rate"]["value"] == pytest.approx(10 / 12)
    assert found["accounts"] == [10, 20.0]
    assert (found["counts"][3], found["counts"][10], found["comments"]) == (4, 6, 5)
    assert [said["comment"] for said in found["comments_listed"]] == ["Words 9", "Words 7", "Words 5"]
    assert {said["account_name"] for said in found["comments_listed"]} == {"Acme"}
    rest = get(shop, f"/api/v1/surveys/nps?limit=3&before={found['next']}")
    assert [said["comment"] for said in rest["comments_listed"]] == ["Words 3", "Words 1"]
    assert rest["next"] is None
    assert [one["id"] for one in get(shop, "/api/v1/surveys")["surveys"]] == ["nps", "csat", "idea"]


@pytest.mark.parametrize("query", ["days=7", "days=x", "limit=0", "before=-1", "before=" + "9" * 5_000, "limit=²"])
def test_a_wrong_parameter_is_named(shop: Shop, query: str) -> None:
    found = assert_problem(shop.ask("GET", f"/api/v1/surveys/nps?{query}"), 422, "bad_parameter")
    assert query.split("=")[0] in found["detail"]


def test_more_than_a_page_of_words_is_never_sent(shop: Shop) -> None:
    said = [
        track("survey_answered", f"u{n}", properties={"survey": "idea", "comment": f"Idea {n}"}) for n in range(201)
    ]
    shop.server(*said)
    found = get(shop, "/api/v1/surveys/idea?limit=1000")
    assert (len(found["comments_listed"]), found["comments"]) == (LIMITS.answers_listed, 201)
    assert (found["answers"], found["score"], found["counts"]) == (201, None, [])


@pytest.mark.parametrize("tip", ["detractor", "none"])
def test_what_asks_no_question_is_no_survey(shop: Shop, tip: str) -> None:
    assert_problem(shop.ask("GET", f"/api/v1/surveys/{tip}"), 404)
