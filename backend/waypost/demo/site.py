"""Serves the sample app as its own host would: static files, one page for every route, one tag."""

from __future__ import annotations

import json
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from waypost.errors import Misconfigured

__all__ = ["app_folder", "build_site", "rules_folder"]

HERE = Path(__file__).parent
INSTALLED = HERE.parent / "static"
CHECKOUT = HERE.parents[2]


def _folder(installed: str, checkout: str) -> Path:
    for folder in (INSTALLED / installed, CHECKOUT / checkout):
        if folder.is_dir():
            return folder
    raise Misconfigured(f"the demo's files are missing: {checkout}")


def app_folder() -> Path:
    """Where the sample app lies: in the wheel, or in a checkout."""
    return _folder("taskboard", "examples/taskboard")


def rules_folder() -> Path:
    return _folder("rules", "rules")


def build_site(folder: Path, backend: str, write_key: str) -> Starlette:
    """The sample app with its tag pointing at `backend`, and the demo bar beside it."""
    config = {"host": backend, "key": write_key, "demo": True}

    async def config_js(_request: Request) -> Response:
        return Response(f"window.RIDGELINE = {json.dumps(config)};\n", media_type="text/javascript")

    async def bar_js(_request: Request) -> Response:
        return FileResponse(HERE / "bar.js", headers={"Cache-Control": "no-cache"})

    async def page(request: Request) -> Response:
        """A file when there is one, else the page itself, for the app routes in the browser."""
        found = (folder / request.path_params["path"]).resolve()
        known = found.is_file() and found.is_relative_to(folder.resolve())
        return FileResponse(found if known else folder / "index.html", headers={"Cache-Control": "no-cache"})

    return Starlette(
        routes=[Route("/config.js", config_js), Route("/demo-bar.js", bar_js), Route("/{path:path}", page)]
    )
