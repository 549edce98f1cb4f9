# SPDX-License-Identifier: GPL-2.0-only
"""A browser without a window, and what a page in it does: Chromium's DevTools protocol over two
pipes, a JSON object and a zero byte for each message. What it asks for never leaves the machine."""
from __future__ import annotations

import base64
import json
import os
import select
import subprocess
import time
from pathlib import Path
from typing import Any

NAME = "chromium"
SECONDS = 60
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
           "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND",
           "--remote-debugging-pipe", "about:blank")


class Failed(Exception):
    """The browser did not do what it was told."""


class Browser:
    def __init__(self, profile: Path) -> None:
        down, self._write = os.pipe()
        self._read, up = os.pipe()
        # The pipes are number 3 and 4 there.
        words = ["sh", "-c", f'exec "$0" "$@" 3<&{down} 4>&{up}', NAME,
                 f"--user-data-dir={profile.resolve()}", *OPTIONS]
        self.process = subprocess.Popen(words, pass_fds=(down, up), stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        os.close(down)
        os.close(up)
        self._rest, self._number, self._session = b"", 0, ""
        self.requests: list[str] = []
        self.complaints: list[str] = []
        made = self.ask("Target.createTarget", url="about:blank")
        self._session = self.ask("Target.attachToTarget", targetId=made["targetId"],
                                 flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{domain}.enable")

    def _message(self, until: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._read], [], [], max(0.0, until - time.monotonic()))
            more = os.read(self._read, 1 << 16) if ready else b""
            if not more:
                raise Failed(f"{NAME} says nothing")
            self._rest += more
        text, _, self._rest = self._rest.partition(b"\0")
        return json.loads(text)

    def _note(self, message: dict[str, Any]) -> None:
        method, told = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(told["exceptionDetails"])[:300])
        elif method == "Log.entryAdded":
            self.complaints.append(told["entry"]["text"])

    def ask(self, method: str, **words: Any) -> dict[str, Any]:
        self._number += 1
        asked = {"id": self._number, "method": method, "params": words}
        if self._session:
            asked["sessionId"] = self._session
        os.write(self._write, json.dumps(asked).encode() + b"\0")
        until = time.monotonic() + SECONDS
        while True:
            message = self._message(until)
            if message.get("id") != self._number:
                self._note(message)
            elif "error" in message:
                raise Failed(f"{method}: {message['error']}")
            else:
                return message["result"]

    def value(self, expression: str) -> Any:
        made = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        return made["result"].get("value")

    def open(self, page: Path, width: int = 1440, height: int = 1200) -> None:
        """Load it, until all of it is there."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=False)
        self.ask("Page.navigate", url="about:blank")
        self.requests, self.complaints = [], []
        self.ask("Page.navigate", url=f"file://{page.resolve()}")
        until = time.monotonic() + SECONDS
        while self.value("location.protocol + document.readyState") != "file:complete":
            if time.monotonic() > until:
                raise Failed(f"{page} does not load")
            time.sleep(0.05)

    def mark(self, name: str) -> str:
        """What the page has written at its root."""
        return str(self.value(f"document.documentElement.dataset.{name}"))

    def key(self, name: str) -> None:
        text = {"text": name} if len(name) == 1 else {}
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=name, **text)

    def prefer(self, scheme: str) -> None:
        self.ask("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": scheme}])

    def shot(self, to: Path) -> None:
        """What is to be seen, as PNG."""
        to.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot")["data"]))

    def close(self) -> None:
        os.close(self._write)
        os.close(self._read)
        self.process.terminate()
        try:
            self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
