"""The pages in a real browser: what they say, that they fetch nothing foreign, and that they fit a phone."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.testclient import TestClient

from service import glossary
from service.bootstrap import Application
from service.rest.app import create_app
from tests.conftest import system_part

PATHS = (
    "/",
    "/search?q=" + quote("供应商 质量 会议"),
    "/search?q=" + quote("效能的定义"),
    "/search?q=" + quote("今天天气怎么样"),
    "/clauses",
    "/id/execution-6",
    "/id/execution",
    "/id/gbt-32230",
    "/id/t-efficacy",
    "/docs",
    "/id/no-such-thing",
)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.mark.parametrize("path", PATHS)
def test_pages_use_the_words_agreed(client: TestClient, path: str) -> None:
    page = client.get(path, headers={"Accept": "text/html"}).text
    text = re.sub(r"<[^>]+>", " ", page)
    assert glossary.UNOFFICIAL in text
    assert "None" not in text
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page


def test_no_face_says_that_a_requirement_is_met() -> None:
    """佐证, never 满足: it sounds like certification."""
    service = Path(glossary.__file__).parent
    for file in [*service.rglob("*.py"), *service.rglob("*.html"), *(service.parent / "queries").glob("*.py")]:
        assert "满足" not in file.read_text(encoding="utf-8"), file


def test_the_clause_page_marks_what_is_inferred(client: TestClient) -> None:
    page = client.get("/clauses", headers={"Accept": "text/html"}).text
    assert glossary.REQUIREMENT_POINTS in page
    assert glossary.CERTAINTY["inferred"] in page


def test_pages_let_nothing_foreign_in(client: TestClient) -> None:
    policy = client.get("/", headers={"Accept": "text/html"}).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_what_users_type_stays_text(client: TestClient) -> None:
    page = client.get("/search", params={"q": "<script>alert(1)</script>质量"}, headers={"Accept": "text/html"}).text
    assert "<script>" not in page


@pytest.fixture(scope="module")
def address(sampled: Application) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(create_app(sampled), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=system_part("chromium"), args=list(ARGUMENTS))
        yield made
        made.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    made = browser.new_page()
    yield made
    made.close()


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_fit_the_screen_and_talk_to_us_alone(page: Page, address: str, width: int, tmp_path: Path) -> None:
    foreign: list[str] = []
    troubles: list[str] = []
    page.on("request", lambda request: foreign.append(request.url) if not request.url.startswith(address) else None)
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.set_viewport_size({"width": width, "height": 900})
    for path in PATHS:
        page.goto(address + path)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{path} is {overflow} px too wide at {width}"
    assert foreign == []
    assert [trouble for trouble in troubles if "404" not in trouble] == []


@pytest.mark.needs("chromium")
def test_a_newcomer_finds_a_practice_and_its_evidence(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("searchbox").fill("怎么让老师傅愿意提改进意见")
    page.get_by_role("button", name="查找").click()
    first = page.locator(".card").first
    assert glossary.SAMPLE in first.inner_text()
    assert glossary.STATUS["proposed"] in first.inner_text()
    first.get_by_text("原文出处").click()
    assert first.locator("blockquote").first.is_visible()
    first.locator(".links a").first.click()
    assert glossary.REQUIREMENT_POINTS in page.inner_text("main")
    page.locator(".card h3 a").first.click()
    assert "原文出处" in page.inner_text("main")
