"""`python -m tests.stranger`: whoever knows the README alone begins, in an hour of their life.

The README's own line into a fresh environment, `init` by answers at a pseudo-terminal against the
sandbox, catalog and count, a look while nothing is sent, the first push, some minutes of Debian's
cron while buyers come, and the browser: sign in, count one product, see it pushed. No step may
fail, in either language; what each took, and how many keys were pressed, is told. The crontab of
whoever runs it is put back as it was. The gate runs the steps up to the first push, with the
program that it tests: `tests/system/test_beginning.py`.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from cloudstock.language import LANGUAGES, speaking, tr
from cloudstock.sandbox.world import World
from tests import terminal
from tests.system.conftest import SPEED, Shop, a_shop_in
from tests.system.test_cron import PATIENCE_S, running_cron
from tests.terminal import Start, Terminal, in_a_process

CHECKOUT = Path(__file__).parents[1]
PASSWORD = "kettle drum 47"
# A crontab that is a file in the folder.
CRONTAB = """\
#!/bin/sh
case "$1" in
-l) [ -e table ] && exec cat table; echo "no crontab for me" >&2; exit 1;;
-) cat > table;;
esac
"""


class Stranger:
    """Somebody who begins, in a language; every answer and command is typed on a terminal."""

    def __init__(
        self,
        shop: Shop,
        language: str,
        *,
        program: Path | None = None,
        path: str = "",
        start: Start = in_a_process,
    ) -> None:
        """`path`: where programs are looked for; else there is a crontab of the folder's alone."""
        self.shop, self.language, self.keys = shop, language, 0
        (shop.folder / "config.yaml").unlink()
        (shop.folder / "cloudstock.db").unlink()
        self.program = str(program or shop.command()[0])
        self.path = path or self._own_crontab()
        self.start = start
        self.keys_of = {a.name: a.credentials for a in shop.world.accounts.values()}

    def _own_crontab(self) -> str:
        crontab = self.shop.folder / "bin" / "crontab"
        crontab.parent.mkdir()
        crontab.write_text(CRONTAB)
        crontab.chmod(0o755)
        # Nothing else is on the path: this machine's systemd is left alone.
        (crontab.parent / "cat").symlink_to(shutil.which("cat") or "")
        return str(crontab.parent)

    @property
    def env(self) -> dict[str, str]:
        return {
            **self.shop.env,
            "PATH": self.path,
            "HOME": str(self.shop.folder),
            "CLOUDSTOCK_LANG": self.language,
        }

    def at(self, *words: str) -> Terminal:
        """Start a command that asks."""
        return Terminal([self.program, *words], folder=self.shop.folder, env=self.env)

    def init(self, *words: str) -> Terminal:
        """Start `init` at a terminal."""
        return self.at("init", "--base-url", self.shop.url, *words)

    def types(self, line: str) -> str:
        """Type a command that asks nothing; return what it showed."""
        self.keys += len(f"cloudstock {line}\n")
        seen = terminal.at_terminal(
            [self.program, *line.split()],
            folder=self.shop.folder,
            env=self.env,
            start=self.start,
        )
        assert seen.code == 0, (line, seen.screen)
        return seen.written

    def text(self, text: str, **values: object) -> str:
        """A text in the language, up to what stands for another text."""
        with speaking(self.language):
            return tr(text, **values)

    def wants(self, marketplace: str) -> str:
        return self.text("Do you sell on {marketplace}?", marketplace=self.text(marketplace))

    def another(self, marketplace: str) -> str:
        return self.text("Another cabinet on {marketplace}?", marketplace=self.text(marketplace))

    def paste(self, terminal: Terminal, name: str, key: str) -> None:
        """Paste a key where it is asked for, when nothing is shown any more."""
        terminal.expect(f"{self.text('{name} (not shown)', name=name)}: ")
        terminal.paste(key)

    def ozon(self, terminal: Terminal) -> None:
        """Answer what is asked for an Ozon account."""
        terminal.answer((self.wants("Ozon"), ""))
        terminal.expect("client_id: Client-Id")
        terminal.answer(("client_id: ", self.keys_of["ozon-main"]["client_id"]))
        self.paste(terminal, "api_key", self.keys_of["ozon-main"]["api_key"])

    # ------------------------------------------------------------ the README, step by step

    def begins(self) -> str:
        """Answer `init`: accounts, catalog, count, cron; return a product of which cabinets differ.

        Seven of each are shown; of that one the first cabinet shows, and there are, six.
        """
        shop, text, keys = self.shop, self.text, self.keys_of
        for one in shop.ask("shown")["listings"]:
            place = {name: one[name] for name in ("account", "warehouse", "sku")}
            shop.tell("stock", **place, quantity=7)
        for sku in shop.truth():
            shop.tell("count", sku=sku, quantity=7)
        differing = shop.skus()[0]
        shop.tell("count", sku=differing, quantity=6)
        shop.tell("stock", account="ozon-main", sku=differing, quantity=6)
        at = self.init()
        at.answer((self.wants("Ozon"), ""))
        at.expect("client_id: Client-Id")
        at.answer(("client_id: ", keys["ozon-main"]["client_id"]))
        self.paste(at, "api_key", "a-key-of-somebody-else")
        # It is told, and asked again; what was right need not be typed again.
        at.expect(text("Once more; Enter alone leaves the account out."))
        at.answer((f"client_id [{keys['ozon-main']['client_id']}]: ", ""))
        self.paste(at, "api_key", keys["ozon-main"]["api_key"])
        at.expect(text("It is {seller}.", seller="Seller of ozon-main"))
        at.answer(("[main]: ", ""), ("[1]: ", ""))
        at.answer(
            (text("Begin by watching? Nothing is sent to buyers before you write push: on."), "")
        )
        at.answer((self.another("Ozon"), ""), (self.wants("Wildberries"), ""))
        self.paste(at, "token", keys["wb-main"]["token"])
        at.answer(("[main]: ", ""), (self.another("Wildberries"), ""))
        at.answer((self.wants("Yandex.Market"), ""))
        # The key tells the numbers of cabinet and shop.
        self.paste(at, "api_key", keys["ym-main"]["api_key"])
        at.answer(("[main]: ", ""), (self.another("Yandex.Market"), ""))
        at.answer((text("Read the catalog now?"), ""), ("[1]: ", ""))
        at.expect(f"{differing} (ozon-main: 6, ")
        at.answer(("[1]: ", ""))
        at.answer((text("A round every minute keeps the numbers true. What runs it?"), ""))
        assert at.end() == 0, at.text
        assert not any(
            key in at.text for account in keys.values() for key in account.values() if len(key) > 12
        )
        # A wrong key, three right ones and an id; the rest is Enter.
        assert at.keys <= 35, at.keys
        self.keys += at.keys
        return differing

    def watches_and_switches_on(self, differing: str) -> None:
        """Look while nothing is sent, then write `push: on` and push."""
        self.types("sync")
        self.types("status")
        assert differing in self.types("listings --differs")
        assert self.shows(differing) == {6, 7}, "nothing is sent yet"
        path = self.shop.folder / "config.yaml"
        switched, times = re.subn("(?m)^push: off$", "push: on", path.read_text())
        assert times == 1
        path.write_text(switched)
        self.keys += len("nf")
        assert differing in self.types("push-stocks --dry-run")
        assert self.shows(differing) == {6, 7}, "a dry run sends nothing"
        self.types("push-stocks")
        assert differing in self.types("show-stock")
        assert self._all_true()

    def shows(self, sku: str) -> set[int]:
        """What the marketplaces show buyers of a product."""
        return {x["free"] for x in self.shop.ask("shown")["listings"] if x["sku"] == sku}

    def trades_under_cron(self, minutes: int) -> None:
        """Let a buyer come each minute, and cron's rounds do the rest."""
        skus, accounts = self.shop.skus(), list(self.keys_of)
        for minute in range(minutes):
            sku = skus[minute % len(skus)]
            assert self.shop.buys(accounts[minute % len(accounts)], (sku, 1))
            time.sleep(60)
        self._awaits(self._all_true)
        self.types("status")

    def counts_in_the_browser(self, sku: str) -> None:
        """Sign in, count one product, and see it pushed."""
        from playwright.sync_api import sync_playwright

        from tests.web.test_browser import ARGUMENTS, CHROMIUM

        at = self.at("web", "--hash-password")
        for question in (tr("Password"), tr("Once more")):
            with speaking(self.language):
                at.expect(f"{tr(question)}: ")
            at.press(PASSWORD)
        assert at.end() == 0, at.text
        self.keys += at.keys
        (line,) = re.findall(r"web: \{password_hash: .*\}", at.text)
        with (self.shop.folder / "config.yaml").open("a") as config:
            config.write(f"{line}\n")
        with self._pages() as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            page = browser.new_context(
                locale={"en": "en-GB", "ru": "ru-RU"}[self.language]
            ).new_page()
            page.goto(url)
            page.keyboard.type(PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_selector("header nav")
            page.keyboard.press("/")
            page.keyboard.type(sku)
            page.keyboard.press("Enter")
            page.wait_for_url("**/product?sku=*")
            page.keyboard.type("5")
            page.keyboard.press("Enter")
            page.wait_for_selector(".note")
            self.keys += len(f"{PASSWORD}\n/{sku}\n5\n")
            self.shop.tell("count", sku=sku, quantity=5)
            self._awaits(self._all_true)
            page.goto(f"{url}/product?sku={quote(sku)}")
            in_step = self.text("in step")
            assert in_step in page.inner_text("main"), page.inner_text("main")
            browser.close()

    @contextmanager
    def _pages(self) -> Iterator[str]:
        command = [self.program, "web", "--port", "0"]
        with subprocess.Popen(
            command, cwd=self.shop.folder, env=self.env, stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout is not None
            match = re.search(r"http://\S+", server.stdout.readline())
            assert match is not None
            try:
                yield match[0].rstrip("/")
            finally:
                server.terminate()

    def _all_true(self) -> bool:
        """Tell whether every listing shows what there is."""
        there = {sku: x["on_hand"] - x["reserved"] for sku, x in self.shop.truth().items()}
        listings = [x for x in self.shop.ask("shown")["listings"] if not x["archived"]]
        assert listings
        return all(x["free"] == max(0, there[x["sku"]]) for x in listings)

    @staticmethod
    def _awaits(true: Callable[[], bool]) -> None:
        """Wait for cron's next minutes."""
        until = time.monotonic() + PATIENCE_S
        while not true():
            assert time.monotonic() < until, "cron's rounds have not made it true"
            time.sleep(1)


def installed(folder: Path) -> Path:
    """Install by the README's own line into a fresh environment; return the program."""
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    (what,) = set(re.findall(r"`pip install '(\.\[[\w,]+\])'`", readme))
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", what]
    subprocess.run(pip, cwd=CHECKOUT, check=True)
    return python.with_name("cloudstock")


def main() -> int:
    """Go through all of it, and tell what each step took."""
    parser = argparse.ArgumentParser(prog="python -m tests.stranger", description=__doc__)
    parser.add_argument("--minutes", type=int, default=5, metavar="N", help="of cron")
    parser.add_argument("--lang", choices=LANGUAGES, default="en")
    parser.add_argument("--program", type=Path, metavar="FILE", help="it is installed already")
    asked = parser.parse_args()
    began = time.monotonic()

    def tell(step: str, keys: int = 0) -> None:
        minutes = (time.monotonic() - began) / 60
        print(f"{minutes:5.1f} min  {keys:5} keys  {step}", flush=True)  # noqa: T201

    with tempfile.TemporaryDirectory() as name, running_cron():
        folder = Path(name) / "seller"
        folder.mkdir()
        program = asked.program or installed(Path(name) / "venv")
        tell("installed")
        world = World.standard(products=60, speed=SPEED, seed=1)
        with a_shop_in(folder, world) as shop:
            stranger = Stranger(shop, asked.lang, program=program, path="/usr/bin:/bin")
            differing = stranger.begins()
            tell("accounts, catalog, count and cron", stranger.keys)
            stranger.watches_and_switches_on(differing)
            tell("watched, then pushed", stranger.keys)
            stranger.trades_under_cron(asked.minutes)
            tell(f"{asked.minutes} minutes of cron, a buyer in each", stranger.keys)
            stranger.counts_in_the_browser(differing)
            tell("counted in the browser, and pushed", stranger.keys)
    return 0


if __name__ == "__main__":
    sys.exit(main())
