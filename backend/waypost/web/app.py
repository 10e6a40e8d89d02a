"""The application: every route, one error shape, CORS for what browsers of customers call, and the start."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from waypost.service.runtime import Runtime
from waypost.trust.addresses import lookup
from waypost.web import api, public, site
from waypost.web.background import running, talk_hook
from waypost.web.guard import RateLimit, runtime_of
from waypost.web.problems import EXCEPTION_HANDLERS, problem
from waypost.web.reports import KeptReports
from waypost.web.sessions import LOGIN_LIMIT
from waypost.web.trials import Trials

__all__ = ["build_app"]

PUBLIC = ("/v1/", "/sourceConfig", "/sdk/", "/demo/")
RATE = (5_000, 10)  # requests from one address with one key in so many seconds


class PublicCors:
    """Any site may call the public routes, without credentials; no other route answers another site."""

    def __init__(self, app: ASGIApp) -> None:
        self.closed = app
        self.open = CORSMiddleware(
            app,
            allow_origins=["*"],
            allow_methods=["*"],  # the route itself says 405
            allow_headers=["*"],  # clients and tracers of the host's page add theirs, and none of them opens anything
            expose_headers=["Retry-After"],
            max_age=86_400,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.open if scope["type"] == "http" and scope["path"].startswith(PUBLIC) else self.closed
        await app(scope, receive, send)


async def healthz(_request: Request) -> Response:
    """The process runs."""
    return public.json_response({"status": "ok"})


async def readyz(request: Request) -> Response:
    """The database can be written and rules are in force."""
    runtime = runtime_of(request)
    await runtime.store.write(lambda tx: tx.execute("SELECT 1").fetchone())
    if not runtime.rules.loaded_at:
        return problem(503, "no_rules", "no set of rules could be loaded yet", 5)
    return public.json_response({"status": "ready", "rules": len(runtime.rules.plan.rules)})


def build_app(runtime: Runtime, extra: Sequence[BaseRoute] = (), *, background: bool = True) -> Starlette:
    """The ASGI application over a runtime. `background`: whether rules are watched and alerts looked at."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with running(runtime) if background else nullcontext():
            yield
        app.state.trials.end()

    app = Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            *public.routes,
            *api.routes,
            *extra,
            *site.routes,
        ],
        exception_handlers=EXCEPTION_HANDLERS,
        middleware=[Middleware(PublicCors)],
        lifespan=lifespan,
    )
    runtime.on_talk = talk_hook
    app.state.runtime = runtime
    app.state.trials = Trials()
    app.state.rate = RateLimit(*RATE)
    app.state.logins = RateLimit(*LOGIN_LIMIT)
    app.state.reports = KeptReports()
    app.state.look_up = lookup
    return app
