"""Built files: the snippet under /sdk/, the console under /console/."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from waypost.errors import NotFound

__all__ = ["STATIC", "routes"]

STATIC = Path(__file__).parent.parent / "static"
NOT_BUILT = "this part was not built; run `make build`"


class BuiltFiles(StaticFiles):
    """Names with a hash in them may be kept for ever; the others are asked for again."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not Path(str(self.directory)).is_dir():
            raise NotFound(NOT_BUILT)
        await super().__call__(scope, receive, send)

    def file_response(self, full_path: object, *args: object, **kwargs: object) -> Response:
        response = super().file_response(full_path, *args, **kwargs)  # type: ignore[arg-type]
        hashed = "-" in Path(str(full_path)).stem
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if hashed else "no-cache"
        return response


async def console(_request: Request) -> Response:
    """The console is one page; its own router reads the path."""
    page = STATIC / "console" / "index.html"
    if not page.is_file():
        raise NotFound(NOT_BUILT)
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }
    return FileResponse(page, headers=headers)


async def to_console(_request: Request) -> Response:
    return RedirectResponse("/console/")


routes: list[BaseRoute] = [
    Mount("/sdk", BuiltFiles(directory=STATIC / "sdk", check_dir=False)),
    Mount("/console/assets", BuiltFiles(directory=STATIC / "console" / "assets", check_dir=False)),
    Route("/", to_console),
    Route("/console", to_console),
    Route("/console/{path:path}", console),
]
