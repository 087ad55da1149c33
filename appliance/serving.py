"""Serves console and API on the address that the settings name, while the daemon runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from appliance.readiness import CannotStart
from appliance.settings import HttpSettings
from appliance.web.parts import Parts
from appliance.web.server import make_web

STOP_S = 2.0


@asynccontextmanager
async def serving(parts: Parts, http: HttpSettings) -> AsyncIterator[str]:
    """Gives the address; nobody is served any more at the end."""
    runner = web.AppRunner(make_web(parts), shutdown_timeout=STOP_S, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, http.host, http.port)
        try:
            await site.start()
        except OSError as error:
            raise CannotStart(f"The console cannot listen on {http.host}:{http.port}: {error.strerror}") from None
        yield f"http://{http.host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
