"""waypost serve in a process of its own: what it says, what it answers, and that the folder is watched."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.crash.product import KEY, Product

RULE = {
    "id": "export-schedule",
    "text": {"en": {"title": "Send this report by itself"}},
    "placement": {"surface": "corner"},
    "trigger": {"when": {"did": {"event": "report_exported", "min": 3, "last": "7d"}}},
}
Make = Callable[..., Product]


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Make]:
    """Makes a product that is stopped at the end."""
    made: list[Product] = []

    def make(*rules: dict[str, Any], **settings: str) -> Product:
        made.append(Product(tmp_path, rules, settings=settings))
        return made[-1]

    yield make
    for one in made:
        one.kill()


def test_the_secret_of_the_environments_webhook_is_shown_where_it_is_made_and_never_again(product: Make) -> None:
    served = product(RULE, WAYPOST_WEBHOOK_URL="https://crm.example/hook")
    assert re.search(
        r"^Webhooks  whsec_\S+   \(signs what goes to WAYPOST_WEBHOOK_URL; shown once", served.launch(), re.M
    )
    served.kill()
    assert "whsec_" not in served.launch()


def tag_key(said: str) -> str:
    found = re.search(r'<script async src="http://127.0.0.1:\d+/sdk/waypost.js" data-key="([^"]+)"></script>', said)
    assert found is not None
    return found[1]


def test_the_password_is_shown_at_the_first_start_only_and_opens_the_console(product: Make) -> None:
    served = product(RULE)
    first = served.launch()
    password = re.search(r"^Password  (\S+)   \(shown once", first, re.M)
    assert password is not None
    served.kill()
    again = served.launch()
    assert "Password" not in again
    assert password[1] not in again
    headers = {"origin": served.url}
    answers = [
        httpx.post(f"{served.url}/api/login", json={"password": text}, headers=headers).status_code
        for text in (password[1], "not " + password[1])
    ]
    assert answers == [204, 401]


def test_a_write_key_that_is_set_starts_a_project_with_that_key(product: Make) -> None:
    served = product(RULE, WAYPOST_WRITE_KEY="wk_mine")
    assert tag_key(served.launch()) == "wk_mine"
    batch = {"batch": [{"type": "track", "event": "opened", "userId": "ivan"}]}
    answers = [
        httpx.post(f"{served.url}/v1/batch", json={"writeKey": key, **batch}) for key in ("wk_mine", "wk_other")
    ]
    assert [answer.status_code for answer in answers] == [200, 401]


def test_a_write_key_that_is_not_set_is_made_once_and_kept(product: Make) -> None:
    served = product(RULE, WAYPOST_WRITE_KEY="")
    made = tag_key(served.launch())
    assert made.startswith("wk_")
    served.kill()
    assert tag_key(served.launch()) == made


def test_it_says_that_it_runs_and_that_it_is_ready_with_so_many_rules(product: Make) -> None:
    served = product(RULE)
    assert f"Rules     1 live from {served.rules}/, which is watched" in served.launch()
    health, ready = (httpx.get(f"{served.url}/{name}") for name in ("healthz", "readyz"))
    assert (health.status_code, health.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "rules": 1})


def test_over_a_broken_folder_at_the_first_start_it_runs_but_is_not_ready_until_the_folder_is_mended(
    product: Make,
) -> None:
    served = product({**RULE, "tigger": 1})
    said = served.launch()
    assert 'error: tips/export-schedule.json: tigger: unknown field "tigger"; did you mean "trigger"?' in said
    assert "The rules were not changed: mend the lines above, the folder is watched." in said
    health, ready = (httpx.get(f"{served.url}/{name}") for name in ("healthz", "readyz"))
    assert (health.status_code, ready.status_code, ready.json()["code"]) == (200, 503, "no_rules")
    assert ready.headers["retry-after"] == "5"
    (served.rules / "tips" / "export-schedule.json").write_text(json.dumps(RULE))
    served.hears("rules live: 1")
    assert httpx.get(f"{served.url}/readyz").json() == {"status": "ready", "rules": 1}


def test_the_folder_is_watched_while_it_runs_and_a_broken_change_leaves_the_old_rules_live(product: Make) -> None:
    served = product(RULE)
    served.start()
    (served.rules / "tips" / "second.json").write_text(json.dumps({**RULE, "id": "second"}))
    served.hears("rules live: 2")
    (served.rules / "tips" / "second.json").write_text('{"id": "second"')
    assert "rules not changed: 1 mistakes, the first is tips/second.json: not JSON" in served.hears("not changed")
    assert httpx.get(f"{served.url}/readyz").json() == {"status": "ready", "rules": 2}


def test_the_settings_of_the_key_are_those_of_one_project(product: Make) -> None:
    served = product(RULE)
    served.start()
    assert httpx.get(f"{served.url}/v1/projects/{KEY}/settings").status_code == 200
    assert httpx.get(f"{served.url}/v1/projects/other/settings").status_code == 404
