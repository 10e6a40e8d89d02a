"""Webhooks: saved, signed, tried again, dead, and sent once more."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.http.office import QUIET, Office
from tests.http.shop import ORIGIN, assert_problem
from tests.outside import Receiver, receiver
from waypost.model import DAY, HOUR, MINUTE, SECOND
from waypost.settings import LIMITS
from waypost.store import outbox
from waypost.store.sqlite import Tx
from waypost.store.tasks import task_by_id
from waypost.success.attempt import RETRIES
from waypost.success.messages import write_message

PUBLIC = "https://93.184.215.14/hook"


@pytest.fixture
def office(tmp_path: Any) -> Iterator[Office]:
    made = Office(tmp_path / "shop", QUIET)
    made.begin()
    yield made
    made.close()


@pytest.fixture
def end() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def headers_of(end: Receiver, index: int = -1) -> dict[str, str]:
    return {name.lower(): value for name, value in end.got[index][0].items()}


def ids(end: Receiver) -> list[str]:
    return [headers_of(end, i)["webhook-id"] for i in range(len(end.got))]


# -- signing


def test_the_public_library_verifies_what_arrives_and_nothing_that_was_changed(office: Office, end: Receiver) -> None:
    secret = office.add(end.url)["secret"]
    office.fall_quiet()
    assert office.send() == 1
    ((_, body),) = end.got
    headers = headers_of(end)
    message = Webhook(secret).verify(body, headers)
    assert message["type"] == "csm_task.opened"
    data = message["data"]
    assert (data["account"], data["account_name"], data["owner"]) == ("acme", "Acme", "olga")
    assert data["title"] == {"en": "Acme has gone quiet", "ru": "Acme: затишье"}
    changed = [
        (secret, body.replace(b"acme", b"evil"), headers),
        (secret, body, {**headers, "webhook-id": "another"}),
        (secret, body, {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}),
        (secret, body, {**headers, "webhook-timestamp": str(int(time.time()) - 3_600)}),
        (secret, body, {**headers, "webhook-signature": "v1,AAAA"}),
        ("whsec_" + "c2VjcmV0" * 4, body, headers),
    ]
    for key, content, told in changed:
        with pytest.raises(WebhookVerificationError):
            Webhook(key).verify(content, told)


def test_a_test_is_signed_too_and_says_what_came_of_it(office: Office, end: Receiver) -> None:
    made = office.add(end.url, types=["csm_task.closed"])
    end.answers = [(204, {}), (500, {})]
    office.now = int(time.time() * 1000)
    assert office.do(f"{made['id']}/test") == {"ok": True, "status": 204, "error": ""}
    message = Webhook(made["secret"]).verify(end.got[0][1], headers_of(end))
    assert (message["type"], message["data"]) == ("webhook.test", {"webhook": made["id"]})
    assert office.do(f"{made['id']}/test") == {"ok": False, "status": 500, "error": "HTTP 500"}
    end.server.server_close()
    end.server.shutdown()
    failed = office.do(f"{made['id']}/test")
    assert (failed["ok"], failed["status"]) == (False, None)
    assert failed["error"].startswith("ConnectError")
    assert [office.messages(state) for state in outbox.STATES] == [[], [], []], "a test is no message"


def test_after_a_rotation_only_the_new_secret_signs(office: Office, end: Receiver) -> None:
    made = office.add(end.url)
    rotated = office.do(f"{made['id']}/rotate")["secret"]
    assert rotated != made["secret"]
    office.fall_quiet()
    office.send()
    Webhook(rotated).verify(end.got[0][1], headers_of(end))
    with pytest.raises(WebhookVerificationError):
        Webhook(made["secret"]).verify(end.got[0][1], headers_of(end))


# -- endpoints


def test_a_secret_is_shown_where_it_is_made_and_nowhere_else(office: Office) -> None:
    made = office.add(PUBLIC, types=["csm_task.opened", "csm_task.opened"], by="Ann")
    assert made["secret"].startswith("whsec_")
    (listed,) = office.ask("GET", "/api/v1/webhooks").json()["webhooks"]
    assert listed == {
        "id": made["id"], "url": PUBLIC, "types": ["csm_task.opened"], "created_at": office.now, "by": "Ann",
        "from_environment": False, "waiting": 0, "dead": 0,
    }  # fmt: skip


def test_the_one_of_the_environment_is_listed_first_and_not_edited(office: Office, end: Receiver) -> None:
    office.runtime.settings.webhook_url, office.runtime.settings.webhook_secret = end.url, "whsec_" + "c2VjcmV0" * 4
    office.add(PUBLIC, types=["csm_task.closed"])
    listed = office.ask("GET", "/api/v1/webhooks").json()["webhooks"]
    assert [(one["id"], one["from_environment"]) for one in listed] == [(0, True), (1, False)]
    for what in ("rotate", "delete"):
        refused = office.ask("POST", f"/api/v1/webhooks/0/{what}", headers=ORIGIN)
        assert_problem(refused, 409, "from_environment")
    assert office.do("0/test")["ok"]
    office.fall_quiet()
    assert office.send() == 1
    Webhook("whsec_" + "c2VjcmV0" * 4).verify(end.got[-1][1], headers_of(end))


def test_what_waits_for_the_environments_endpoint_waits_on_when_it_is_not_set_any_more(
    office: Office, end: Receiver
) -> None:
    settings = office.runtime.settings
    settings.webhook_url, settings.webhook_secret = end.url, "whsec_" + "c2VjcmV0" * 4
    end.answers = [(500, {})]
    office.fall_quiet()
    office.send()
    settings.webhook_url = ""
    office.now += MINUTE
    assert office.send() == 0
    (waiting,) = office.messages()
    assert waiting["last_error"].startswith("WAYPOST_WEBHOOK_URL is not there any more")
    settings.webhook_url = end.url
    office.now += MINUTE
    assert office.send() == 1


WRONG: list[tuple[Any, str, str]] = [
    ({}, "bad_parameter", "this is not a webhook: Object missing required field `url`"),
    ({"url": 7}, "bad_parameter", "this is not a webhook: Expected `str`, got `int`"),
    ({"url": PUBLIC, "active": True}, "bad_parameter", "this is not a webhook: Object contains unknown field `active`"),
    ({"url": PUBLIC, "types": ["csm_task.open"]}, "bad_parameter", 'types: there is no message "csm_task.open"; did you mean "csm_task.opened"?'),
    ({"url": PUBLIC, "types": ["order"]}, "bad_parameter", 'types: there is no message "order"; there are csm_task.opened, csm_task.taken, csm_task.done, csm_task.closed, csm_task.reopened'),
    ({"url": PUBLIC, "by": "b" * 101}, "bad_parameter", "by: one line of at most 100 characters"),
    ({"url": PUBLIC, "by": "Ann\nBob"}, "bad_parameter", "by: one line of at most 100 characters"),
    ({"url": "https://crm.example/" + "a" * 2_029}, "bad_url", "url: a webhook URL has"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "code", "detail"), WRONG, ids=[detail[:40] for _, _, detail in WRONG])
def test_what_is_wrong_is_said_and_nothing_is_saved(office: Office, body: Any, code: str, detail: str) -> None:
    found = assert_problem(office.ask("POST", "/api/v1/webhooks", json=body, headers=ORIGIN), 422, code)
    assert found["detail"].startswith(detail)
    assert office.ask("GET", "/api/v1/webhooks").json()["webhooks"] == []


def test_twenty_endpoints_and_not_one_more(office: Office) -> None:
    for number in range(LIMITS.webhooks):
        office.add(f"{PUBLIC}/{number}", by="b" * 100)
    refused = office.ask("POST", "/api/v1/webhooks", json={"url": PUBLIC}, headers=ORIGIN)
    assert "20 endpoints" in assert_problem(refused, 409, "conflict")["detail"]
    office.do("1/delete")
    office.add(PUBLIC)


def test_each_endpoint_gets_the_types_that_it_asks_for(office: Office, end: Receiver) -> None:
    with receiver() as other:
        office.add(end.url, types=["csm_task.closed"])
        office.add(other.url)
        office.fall_quiet()
        office.send()
        office.come_back()
        office.send()
        assert [json.loads(body)["type"] for _, body in end.got] == ["csm_task.closed"]
        assert [json.loads(body)["type"] for _, body in other.got] == ["csm_task.opened", "csm_task.closed"]
        assert ids(end)[0] == ids(other)[1], "one message has one id wherever it goes"


def test_without_an_endpoint_a_message_goes_to_nobody_and_not_to_one_that_comes_later(
    office: Office, end: Receiver
) -> None:
    office.fall_quiet()
    office.send()
    office.add(end.url)
    assert office.send() == 0
    assert end.got == []
    assert office.ask("GET", "/api/v1/tasks/1").json()["webhook"]["state"] == "off"


def test_the_endpoint_that_is_gone_gets_nothing_and_what_waited_for_it_is_dead(office: Office, end: Receiver) -> None:
    made = office.add(end.url)
    end.answers = [(500, {})]
    office.fall_quiet()
    office.send()
    office.do(f"{made['id']}/delete")
    office.now += DAY
    assert office.send() == 0
    assert len(end.got) == 1
    (dead,) = office.messages("dead")
    assert (dead["last_error"], dead["attempts"]) == ("this webhook was removed", 1)
    refused = office.ask("POST", f"/api/v1/webhooks/messages/{dead['id']}/replay", headers=ORIGIN)
    assert_problem(refused, 409, "conflict")
    for what in ("test", "rotate", "delete", "replay"):
        for number in (made["id"], 1 << 70):
            gone = office.ask("POST", f"/api/v1/webhooks/{number}/{what}", headers=ORIGIN)
            assert_problem(gone, 404, "not_found")


# -- retries and dead letters


def test_it_is_tried_again_after_growing_waits_and_then_it_is_dead_and_kept(office: Office, end: Receiver) -> None:
    office.add(end.url)
    end.answers = [(503, {})] * 100
    office.fall_quiet()
    waits = []
    while office.send() == 0 and (waiting := office.messages()):
        waits.append(waiting[0]["next_at"] - office.now)
        office.now = waiting[0]["next_at"] - 1
        tried = len(end.got)
        office.send()
        assert len(end.got) == tried, "not a millisecond too early"
        office.now += 1
    assert waits == list(RETRIES) == [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY]
    (dead,) = office.messages("dead")
    assert (dead["state"], dead["attempts"], dead["last_error"]) == ("dead", len(RETRIES) + 1, "HTTP 503")
    assert (dead["to"], dead["type"]) == ({"webhook": 1}, "csm_task.opened")
    assert len(set(ids(end))) == 1, "the receiver can tell that it is the same message"
    assert office.ask("GET", "/api/v1/webhooks").json()["webhooks"][0]["dead"] == 1
    office.later(30 * DAY)
    assert office.send() == 0
    task = office.ask("GET", "/api/v1/tasks/1").json()
    assert task["webhook"] == {"state": "failed", "attempts": 8, "last_error": "HTTP 503"}
    end.answers = []
    again = office.do(f"messages/{dead['id']}/replay")
    assert (again["state"], again["attempts"], again["message_id"]) == ("waiting", 0, dead["message_id"])
    assert office.send() == 1
    assert len(set(ids(end))) == 1
    assert office.messages("dead") == []
    assert office.messages("delivered")[0]["delivered_at"] == office.now


@pytest.mark.parametrize(("jitter", "wait"), [(0.0, 3_750), (1.0, 6_250)])
def test_waits_differ_by_a_quarter_so_that_not_all_come_at_once(
    office: Office, end: Receiver, jitter: float, wait: int
) -> None:
    office.add(end.url)
    end.answers = [(500, {})]
    office.fall_quiet()
    office.send(jitter)
    assert office.messages()[0]["next_at"] - office.now == wait


@pytest.mark.parametrize(
    ("asked", "wait"), [("120", 120 * SECOND), ("1", 5 * SECOND), ("9999999", DAY), ("soon", 5 * SECOND)]
)
def test_a_receiver_may_ask_for_more_time_up_to_a_day(office: Office, end: Receiver, asked: str, wait: int) -> None:
    office.add(end.url)
    end.answers = [(429, {"retry-after": asked})]
    office.fall_quiet()
    office.send()
    assert office.messages()[0]["next_at"] - office.now == wait


def test_a_receiver_that_is_gone_for_good_is_not_asked_again(office: Office, end: Receiver) -> None:
    office.add(end.url)
    end.answers = [(410, {})]
    office.fall_quiet()
    office.send()
    (dead,) = office.messages("dead")
    assert (dead["attempts"], dead["last_error"]) == (1, "HTTP 410: the receiver wants no more")


def test_all_dead_messages_of_one_endpoint_go_again_and_no_others(office: Office, end: Receiver) -> None:
    with receiver() as other:
        first, second = office.add(end.url), office.add(other.url)
        end.answers, other.answers = [(410, {})] * 2, [(410, {})] * 2
        office.fall_quiet()
        office.send()
        office.come_back()
        office.send()
        assert len(office.messages("dead")) == 4
        assert [one["to"] for one in office.messages("dead", webhook=second["id"])] == [{"webhook": second["id"]}] * 2
        assert office.do(f"{first['id']}/replay") == {"replayed": 2}
        assert office.send() == 2
        assert ids(end)[:2] == ids(end)[2:]
        assert len(other.got) == 2
        assert len(office.messages("dead")) == 2


def test_an_endpoint_that_fails_holds_nobody_else_up_and_its_messages_stay_in_order(
    office: Office, end: Receiver
) -> None:
    with receiver() as well:
        office.add(end.url)
        office.add(well.url)
        end.answers = [(500, {})]
        office.fall_quiet()
        office.come_back()
        assert office.send() == 2, "both of the one that is well"
        assert len(end.got) == 1, "after one that failed the next one waits for the next round"
        assert office.send() == 1
        office.now += MINUTE
        assert office.send() == 1
        assert ids(well) == ["csm_task-1-opened", "csm_task-1-closed"]


def test_a_message_survives_the_end_of_the_process_and_arrives_once_it_was_noted(
    office: Office, end: Receiver
) -> None:
    office.add(end.url)
    end.answers = [(500, {})]
    office.fall_quiet()
    office.send()
    office.restart()
    office.runtime.settings.webhook_private = True
    office.now += MINUTE
    assert office.send() == 1
    office.restart()
    assert office.send() == 0
    assert len(end.got) == 2


def test_each_of_several_messages_of_one_task_has_an_id_of_its_own(office: Office, end: Receiver) -> None:
    office.add(end.url)
    office.fall_quiet()

    def job(tx: Tx) -> None:
        task = task_by_id(tx, office.runtime.project_id, 1)
        assert task is not None
        for what in ("changed", "changed", "closed", "closed"):
            write_message(tx, office.runtime.project_id, task, what, office.now)

    office.runtime.store.write_now(job)
    assert office.send() == 5
    assert ids(end) == [
        "csm_task-1-opened", "csm_task-1-changed", "csm_task-1-changed-2", "csm_task-1-closed", "csm_task-1-closed-2",
    ]  # fmt: skip


def test_at_most_so_many_messages_are_listed_the_latest_first(office: Office, end: Receiver) -> None:
    def job(tx: Tx) -> None:
        for number in range(LIMITS.messages_listed + 1):
            row = outbox.add_message(tx, office.runtime.project_id, f"m{number}", "csm_task.opened", "{}", office.now)
            outbox.route(tx, office.runtime.project_id, row, ["w:1"], office.now)

    office.runtime.store.write_now(job)
    found = office.messages()
    assert (len(found), found[0]["message_id"], found[-1]["message_id"]) == (LIMITS.messages_listed, "m200", "m1")
    assert_problem(office.ask("GET", "/api/v1/webhooks/messages?state=lost"), 422, "bad_parameter")
    gone = office.ask("POST", f"/api/v1/webhooks/messages/{1 << 70}/replay", headers=ORIGIN)
    assert_problem(gone, 404, "not_found")
