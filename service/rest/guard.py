"""What stands before every route: Host and Origin are checked, and bodies have a limit."""

import ipaddress
import json
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.rest.problems import MEDIA_TYPE, problem_body
from service.settings import LOOPBACK, Settings

_OTHER_BODIES = 1024 * 1024  # bytes; everything but an upload
_UPLOADS = {"/v1/documents", "/v1/review/workbook", "/v1/import/decisions"}
_MULTIPART_OVERHEAD = 64 * 1024  # boundaries and form fields beside the file


def allowed_hosts(settings: Settings) -> frozenset[str]:
    """The names by which the service may be addressed; a DNS-rebinding page has none of them."""
    names = {*LOOPBACK, settings.host.lower(), *settings.allowed_hosts}
    if not settings.on_loopback:
        names.add(socket.gethostname().lower())
    return frozenset(names)


class Guard:
    """ASGI middleware: 400/403/413 problems before any route runs.

    any_address: whether a literal IP address is let in as a host, for a service that listens on all of the machine's.
    A page that wants to reach us by DNS rebinding comes under a name, never under an address.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str], max_upload_bytes: int, any_address: bool = False) -> None:
        self.app = app
        self.hosts = frozenset(hosts)
        self.any_address = any_address
        self.max_upload_bytes = max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(headers)
        if refusal:
            await _refuse(send, *refusal)
            return
        if b"%00" in scope["query_string"] or "\0" in scope["path"]:
            await _refuse(send, 422, "invalid_parameters", "参数和地址中不能有空字符（%00）")
            return
        if scope["method"] == "HEAD":
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        limit = self.max_upload_bytes + _MULTIPART_OVERHEAD if scope["path"] in _UPLOADS else _OTHER_BODIES
        message = f"请求内容超过上限 {limit // 1024} KB；请拆分后分别上传"
        if headers.get("content-length", "0").isdigit() and int(headers.get("content-length", "0")) > limit:
            await _refuse(send, 413, "too_large", message)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            part = await receive()
            seen += len(part.get("body", b""))
            if seen > limit:
                raise HTTPException(413, message)  # reaches the problem handlers through any body parser
            return part

        await self.app(scope, counted, send)

    def _refusal(self, headers: dict[str, str]) -> tuple[int, str, str] | None:
        host = _hostname("//" + headers.get("host", ""))
        if not self._known(host):
            return 400, "host_not_allowed", f"不允许以主机名 {host or '（空）'} 访问；请把它加入 ZHIWEN_ALLOWED_HOSTS"
        origin = headers.get("origin")
        if origin is not None and not self._known(_hostname(origin)):
            return 403, "origin_not_allowed", f"不接受来自 {origin} 的网页请求；请把它的主机名加入 ZHIWEN_ALLOWED_HOSTS"
        return None

    def _known(self, host: str) -> bool:
        return host in self.hosts or (self.any_address and _is_address(host))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _without_body(send: Send) -> Send:
    """HEAD is GET without the body (RFC 9110 §9.3.2); monitors ask so."""

    async def headers_only(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return headers_only


def _hostname(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


async def _refuse(send: Send, status: int, code: str, detail: str) -> None:
    body = json.dumps(problem_body(status, code, detail), ensure_ascii=False).encode()
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
