"""``policymatch serve``: the API and the pages on one port."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from api.cli.messages import UserError, say
from api.cli.options import CatalogueFile


def serve(
    host: Annotated[str | None, typer.Option("--host", help="监听地址 / address to listen on (default 127.0.0.1)")] = None,
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="端口 / port (default 8000)")] = None,
    catalogue: CatalogueFile = None,
) -> None:
    """启动网页和接口服务。 Serve the pages and the API."""
    import uvicorn
    from pydantic import ValidationError
    from uvicorn.config import LOGGING_CONFIG

    from api.app import create_app
    from api.cli.inputs import wrong_catalogue
    from api.settings import Settings
    from policies.catalogue import CatalogueError

    given = {name: value for name, value in (("host", host), ("port", port), ("catalogue", catalogue)) if value is not None}
    try:
        settings = Settings(**given)  # type: ignore[arg-type]  # each option has the type of its setting
        app = create_app(settings)
    except ValidationError as error:
        lines = [
            f"POLICYMATCH_{'.'.join(map(str, one['loc'])).upper()}: {one['msg']} ({one['input']!r})" for one in error.errors()
        ]
        raise UserError(["设置有误 / wrong settings:", *lines], 2) from error
    except CatalogueError as error:
        raise wrong_catalogue(settings.catalogue, error) from error
    log = {**LOGGING_CONFIG, "handlers": {**LOGGING_CONFIG["handlers"]}}
    log["handlers"]["access"] = {**log["handlers"]["access"], "stream": "ext://sys.stderr"}

    class Server(uvicorn.Server):
        """Says where to look once the port is bound."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                app.state.service.search.get()  # builds the index in the background, before anybody asks
                say(f"政策匹配已启动，请打开 / open http://{settings.host}:{settings.port}")

    config = uvicorn.Config(app, host=settings.host, port=settings.port, log_config=log, server_header=False, log_level="warning")
    Server(config).run()
