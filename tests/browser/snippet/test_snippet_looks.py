"""Pictures of every surface for a person to look at, and what a machine can see of them: nothing cut, nothing small."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.snippet.seen import open_page, settled
from tests.browser.snippet.stub import UI, Stub, offer

PICTURES = Path(__file__).parents[3] / "test-results" / "snippet"
RU = {
    "lang": "ru",
    "title": ["Отправляйте этот отчёт по расписанию"],
    "body": [["p", "Настройте один раз, и он будет приходить каждый ", ["strong", "понедельник"], "."]],
    "cta": "Настроить расписание",
    "secondary": "Не сейчас",
    "why": "За 7 дней вы выгрузили отчёт 3 раза.",
    "question": {
        "scores": [0, 10],
        "low": "Вряд ли",
        "high": "Обязательно",
        "comment": "Что больше всего повлияло на оценку?",
        "send": "Отправить",
        "thanks": "Спасибо за ответ",
    },
    "ui": {
        **UI,
        "close": "Закрыть",
        "more": "Ещё",
        "why": "Почему я это вижу?",
        "later": "Напомнить позже",
        "never": "Больше не показывать",
        "mute": "Отключить подсказки",
    },
}
AR = {
    "lang": "ar",
    "dir": "rtl",
    "title": ["أرسل هذا التقرير تلقائيًا"],
    "body": [["p", "اضبط الجدول مرة واحدة وسيصلك التقرير كل ", ["strong", "يوم اثنين"], "."]],
    "cta": "جدولة",
    "secondary": "ليس الآن",
    "why": "لقد صدّرت تقريرًا 3 مرات خلال 7 أيام.",
    "question": {
        "scores": [0, 10],
        "low": "غير مرجح",
        "high": "مرجح جدًا",
        "comment": "ما السبب الرئيسي؟",
        "send": "إرسال",
        "thanks": "شكرًا على إجابتك",
    },
    "ui": {
        **UI,
        "close": "إغلاق",
        "more": "خيارات",
        "why": "لماذا أرى هذا؟",
        "later": "ذكّرني لاحقًا",
        "never": "لا تعرضه مجددًا",
        "mute": "إيقاف النصائح",
    },
}
LONG = {
    "title": ["WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"],
    "body": [["p", "Schedule " * 17], ["ul", ["li", "One"], ["li", ["a", "/two", "Two, a link"]]]],
    "cta": "A primary action with a long name",
    "secondary": "A quiet way out, just as long",
}
LOOKS: dict[str, tuple[dict[str, Any], bool, int]] = {
    "light": ({}, False, 1280),
    "dark": ({}, True, 1280),
    "360": ({}, False, 360),
    "ru": (RU, False, 360),
    "ar": (AR, True, 1280),
    "long": (LONG, False, 360),
}


@pytest.mark.parametrize("surface", ["tooltip", "corner", "banner", "modal", "survey"])
@pytest.mark.parametrize("look", list(LOOKS))
def test_every_surface_fits(context_of: Callable[..., BrowserContext], stub: Stub, surface: str, look: str) -> None:
    content, dark, width = LOOKS[look]
    page = context_of(viewport={"width": width, "height": 640}, reduced_motion="reduce").new_page()
    page.clock.install()
    classes = f'class="{"dark" if dark else ""}" dir="{content.get("dir", "ltr")}"'
    stub.page = stub.page.replace("<html", f"<html {classes}")
    stub.offers = [offer(surface=surface, content=content)]
    open_page(page, stub.url, stub.syncs)
    page.locator("waypost-tip .tip").wait_for()
    settled(page, 500)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{surface}-{look}.png")
    assert too_small_or_cut(page) == []
    page.locator("waypost-tip .more").click()
    page.locator("waypost-tip .menu button").first.click()
    settled(page, 300)
    page.screenshot(path=PICTURES / f"{surface}-{look}-menu.png")
    assert too_small_or_cut(page) == []


def too_small_or_cut(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        """() => { const root = document.querySelector("waypost-tip").shadowRoot, bad = [];
        const tip = root.querySelector(".tip").getBoundingClientRect();
        if (tip.left < 0 || tip.top < 0 || tip.right > innerWidth + .5 || tip.bottom > innerHeight + .5) bad.push("outside");
        for (const one of root.querySelectorAll("h2, button")) { const box = one.getBoundingClientRect();
          if (one.scrollWidth > one.clientWidth + 1) bad.push("cut: " + one.textContent);
          if (box.left < tip.left - 1 || box.right > tip.right + 1) bad.push("sticks out: " + one.textContent);
          if (one.tagName === "BUTTON" && (box.height < 43.5 || (one.matches(".icon") && box.width < 43.5))) bad.push("small: " + one.textContent) }
        const close = root.querySelector(".close").getBoundingClientRect(), title = document.createRange();
        title.selectNodeContents(root.querySelector("h2"));
        for (const line of title.getClientRects()) if (line.right > close.left + 8 && line.left < close.right - 8 &&
          line.bottom > close.top + 8 && line.top < close.bottom - 8) bad.push("title under close");
        return bad }"""
    )
    return found
