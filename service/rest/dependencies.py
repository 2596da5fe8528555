"""What routes are given: the application, and a caller who may do what the route does."""

import base64
import binascii
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, cast

from fastapi import Depends, Request

from service import access
from service.bootstrap import Application
from service.operations import Operations
from service.rest.problems import Problem


def application(request: Request) -> Application:
    return cast(Application, request.app.state.application)


def operations(request: Request) -> Operations:
    return application(request).operations


def caller(scope: str) -> Callable[[Request], access.Caller]:
    """A dependency that returns the caller, or refuses. Without any key everything is open, on this machine
    only: a service that listens further refuses everybody once its last key is revoked."""

    def check(request: Request) -> access.Caller:
        parts = application(request)
        with parts.store.reading() as reader:
            if parts.settings.on_loopback and not access.list_keys(reader):
                return access.Caller(access.OPEN, None)
            secret = _secret(request)
            key = access.find_key(reader, secret) if secret else None
        if key is None:
            detail = "请在 Authorization 头中给出有效的密钥（Bearer 密钥）；网页登录时用户名任意，密码填密钥"
            raise Problem(HTTPStatus.UNAUTHORIZED, "unauthorized", detail)
        if not access.allows(key, scope):
            raise Problem(HTTPStatus.FORBIDDEN, "forbidden", f"密钥 {key.name} 的权限是 {key.scope}，这里需要 {scope}")
        return access.Caller(key.name, key.scope)

    return check


def _secret(request: Request) -> str | None:
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    if kind.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode("utf-8").partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return None
    return None


Ask = Annotated[Operations, Depends(operations)]
App = Annotated[Application, Depends(application)]
READ = Depends(caller("read"))
INGEST = Depends(caller("ingest"))
