"""Somebody at a browser: goes to addresses, fills forms by their labels, reads what is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from browser.live_desk import PASSWORD, LiveDesk

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 320, "height": 640}
# Reading a document may take a while on a machine that does other things as well.
TIMEOUT_MS = 90_000
CHOICE_MS = 10_000


class Person:
    """A person with a browser of their own.

    Parameters
    ----------
    browser : Browser
        Shared Chromium.
    desk : LiveDesk
        Where they go.
    username : str
        A demo account that is signed in; empty for a stranger.
    script : bool
        Whether their browser runs scripts.
    """

    def __init__(
        self, browser: Browser, desk: LiveDesk, username: str, *, script: bool = True
    ) -> None:
        self.desk, self.script = desk, script
        self._context = browser.new_context(
            base_url=desk.address,
            viewport=WIDE,
            java_script_enabled=script,
            storage_state=desk.states[username] if username else None,
            reduced_motion="reduce",
        )
        self._context.set_default_timeout(TIMEOUT_MS)
        self.page = self._context.new_page()
        self.failures: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.failures.append(str(error)))
        self.page.on("request", self._asked)

    def _heard(self, message: Any) -> None:
        """Keep what the browser refuses, such as a script against the policy."""
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.failures.append(message.text)

    def _asked(self, request: Any) -> None:
        """Keep requests that leave the machine."""
        if not request.url.startswith((self.desk.address, "data:", "blob:")):
            self.failures.append(f"asked {request.url}")

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        """Fill in the form, as everybody must who has no session."""
        self.go("/sign-in")
        self.fill({"Username": username, "Password": password})
        self.press("Sign in")

    def close(self) -> None:
        self._context.close()
        assert not self.failures, self.failures

    def later(self, days: int) -> None:
        """Let it be some days later for this person, from now on."""
        self._context.set_extra_http_headers({"x-days-later": str(days)})

    def go(self, address: str, *, status: int = 200) -> None:
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status == status, (address, answer.status, self.text()[:500])

    def data(self, address: str) -> dict[str, Any]:
        """Return the JSON twin of a page."""
        answer = self._context.request.get(address)
        assert answer.status == 200, (address, answer.status)
        return answer.json()

    def text(self) -> str:
        return self.page.inner_text("body")

    def fill(self, values: dict[str, Any]) -> None:
        """Fill fields by their labels; a list ticks choices, a dict uploads a file."""
        for label, value in values.items():
            exactly = self.page.get_by_label(label, exact=True)
            field = (exactly if exactly.count() else self.page.get_by_label(label)).first
            kind = field.evaluate("e => e.type || e.tagName") if value is not True else "checkbox"
            if value is True:
                field.check()
            elif kind == "file":
                field.set_input_files(value)
            elif kind.startswith("select"):
                # All choices are there with the page.
                field.select_option(str(value), timeout=CHOICE_MS)
            else:
                field.fill(str(value))

    def press(self, words: str) -> None:
        """Press the button, or follow the link that looks like one."""
        button = self.page.get_by_role("button", name=words, exact=True)
        (
            button if button.count() else self.page.get_by_role("link", name=words, exact=True)
        ).click()
        self.page.wait_for_load_state("domcontentloaded")

    def send(self, address: str, values: dict[str, Any], words: str, *, says: str) -> None:
        """Open a form, fill it, press its button, and read what is said."""
        self.go(address)
        self.fill(values)
        self.press(words)
        assert says in self.text(), (address, says, self.page.inner_text("main")[:1500])
