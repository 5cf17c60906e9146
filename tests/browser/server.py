"""The application on a free port of this machine, and Chromium to look at it."""

from __future__ import annotations

import datetime as dt
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from playwright.sync_api import Browser, Playwright

from api.app import create_app
from api.settings import Settings

AS_OF = dt.date(2026, 11, 23)
CHROMIUM = shutil.which("chromium")
INSTALL = "apt-get install chromium fonts-noto-cjk"
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def served(settings: Settings | None = None) -> Iterator[str]:
    """The address of a running server; it stops afterwards."""
    app = create_app(settings or Settings(), today=lambda: AS_OF)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", ws="none", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        until = time.monotonic() + 20
        while not server.started:
            if time.monotonic() > until or not thread.is_alive():
                raise RuntimeError("the server did not start")
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def chromium(playwright: Playwright) -> Browser:
    """The system's Chromium, without anything that calls home."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=list(_ARGUMENTS))
