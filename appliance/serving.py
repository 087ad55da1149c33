"""Serves console and API on the address that the settings name, by HTTP or HTTPS, while the daemon runs."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from appliance.adapters.certificate import keep_certificate
from appliance.readiness import CannotStart
from appliance.settings import Settings
from appliance.web.parts import Parts
from appliance.web.server import make_web

STOP_S = 2.0


@asynccontextmanager
async def serving(parts: Parts, settings: Settings) -> AsyncIterator[str]:
    """Gives the address; nobody is served any more at the end."""
    http, scheme = settings.http, "https" if settings.http.https else "http"
    runner = web.AppRunner(make_web(parts), shutdown_timeout=STOP_S, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, http.host, http.port, ssl_context=_certified(settings) if http.https else None)
        try:
            await site.start()
        except OSError as error:
            raise CannotStart(f"The console cannot listen on {http.host}:{http.port}: {error.strerror}") from None
        yield f"{scheme}://{http.host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _certified(settings: Settings) -> ssl.SSLContext:
    files = (settings.http.tls_cert, settings.http.tls_key)
    if not files[0]:
        _, *own = keep_certificate(settings.data_dir / "tls")
        files = (str(own[0]), str(own[1]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(*files)
    except (OSError, ssl.SSLError) as error:
        raise CannotStart(f"The certificate {files[0]} with the key {files[1]} cannot be used: {error}") from None
    return context
