"""Security headers of every answer, and the check that an unsafe request comes from our own pages."""

import hmac

from aiohttp import hdrs, web

from appliance.web.keys import SESSION

SAFE_METHODS = {hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS}
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=()",
}


async def set_headers(request: web.Request, response: web.StreamResponse) -> None:
    """An `on_response_prepare` signal, so that streams and files have them too."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.path.startswith("/static/"):
        kept = "public, max-age=31536000, immutable" if "v" in request.query else "no-cache"
        response.headers[hdrs.CACHE_CONTROL] = kept
    else:
        response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")


def check_origin(request: web.Request) -> None:
    """Browsers say where a request comes from; another site's is refused even before there is a session."""
    is_websocket = request.headers.get(hdrs.UPGRADE, "").lower() == "websocket"  # nothing else holds foreign pages back
    if request.method in SAFE_METHODS and not is_websocket:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise web.HTTPForbidden
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None and origin.partition("://")[2] != request.host:
        raise web.HTTPForbidden


async def check_csrf(request: web.Request) -> None:
    if request.method in SAFE_METHODS:
        return
    given = request.headers.get(CSRF_HEADER)
    if given is None and request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        given = str((await request.post()).get(CSRF_FIELD, ""))
    if not hmac.compare_digest((given or "").encode(), request[SESSION].csrf_token.encode()):
        raise web.HTTPForbidden
