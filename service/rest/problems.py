"""One error shape on every route: RFC 9457 problem details, or a page for people's browsers."""

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from engines.store import StoreError
from ontology.problems import OntologyInvalid
from queries.errors import QuestionError, UnknownId
from service.read_only import StoreReadOnly

log = logging.getLogger("zhiwen.rest")
MEDIA_TYPE = "application/problem+json"

# code → Chinese title; the codes are part of the API.
TITLES = {
    "not_found": "没有这个地址",
    "unknown_id": "没有这个标识符",
    "method_not_allowed": "该地址不支持这种请求方法",
    "invalid_parameters": "参数不正确",
    "unauthorized": "需要密钥",
    "forbidden": "密钥的权限不够",
    "host_not_allowed": "不允许以该主机名访问",
    "origin_not_allowed": "不允许跨站请求",
    "too_large": "内容超过大小上限",
    "already_stored": "同名来源已有不同内容",
    "not_acceptable": "没有所要的格式",
    "review_refused": "这一结论不能记录",
    "review_conflict": "核定的对象或结论已变",
    "unusable_sheet": "核定表不能读取",
    "unusable_file": "文件不能导入",
    "read_only": "本服务只读",
    "store_unavailable": "知识库暂不可用",
    "ontology_invalid": "本单位的本体补充有错误",
    "http_error": "请求不能处理",
    "internal_error": "服务内部出错",
}


class Problem(Exception):
    """Raised anywhere in a route; becomes the response."""

    def __init__(self, status: int, code: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.more = more


def problem_body(status: int, code: str, detail: str, **more: Any) -> dict[str, Any]:
    """The members of RFC 9457, `code` for programs, and what else the code carries."""
    title = TITLES.get(code, HTTPStatus(status).phrase)
    return {
        "type": f"urn:zhiwen:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        **more,
    }


def problem_response(request: Request, problem: Problem) -> Response:
    headers = {}
    if problem.status == HTTPStatus.UNAUTHORIZED:
        # Browsers ask for the key themselves when challenged with Basic.
        headers["WWW-Authenticate"] = (
            'Bearer realm="zhiwen"' if is_api(request) else 'Basic realm="zhiwen", charset="UTF-8"'
        )
    if wants_page(request):
        from service.pages.rendering import render

        return render(
            "problem.html",
            {"title": TITLES.get(problem.code, "出错"), "detail": problem.detail, "status": problem.status},
            status=problem.status,
            headers=headers,
        )
    body = problem_body(problem.status, problem.code, problem.detail, **problem.more)
    return JSONResponse(body, problem.status, headers, MEDIA_TYPE)


def is_api(request: Request) -> bool:
    return request.url.path.startswith("/v1/") or request.url.path in {"/healthz", "/readyz", "/openapi.json"}


def wants_page(request: Request) -> bool:
    """People's browsers get a page, except under the API's addresses."""
    return not is_api(request) and "text/html" in request.headers.get("accept", "")


def install(app: FastAPI) -> None:
    """Register the handlers that turn every error into a problem."""
    handlers: dict[type[Exception], Callable[[Request, Any], Awaitable[Response]]] = {
        Problem: _problem,
        RequestValidationError: _invalid,
        HTTPException: _http,
        QuestionError: _question,
        OntologyInvalid: _overlay,
        StoreReadOnly: _read_only,
        StoreError: _store,
        Exception: _unexpected,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


async def _problem(request: Request, error: Problem) -> Response:
    return problem_response(request, error)


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    errors = [
        {"where": ".".join(str(part) for part in item["loc"]), "what": in_chinese(item)} for item in error.errors()
    ]
    detail = "；".join(f"{item['where']}：{item['what']}" for item in errors)
    return problem_response(
        request, Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_parameters", detail, errors=errors)
    )


_MESSAGES = {
    "missing": "缺少",
    "extra_forbidden": "没有这个参数",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "float_parsing": "应为数字",
    "bool_parsing": "应为 true 或 false",
    "string_type": "应为文字",
    "json_invalid": "不是有效的 JSON",
    "model_attributes_type": "应为 JSON 对象",
    "string_too_long": "太长，最多 {max_length} 个字符",
    "string_too_short": "不能为空",
    "greater_than_equal": "应不小于 {ge}",
    "less_than_equal": "应不大于 {le}",
    "literal_error": "应为 {expected} 之一",
}


def in_chinese(item: dict[str, Any]) -> str:
    """What pydantic finds wrong with a value."""
    template = _MESSAGES.get(item["type"])
    words = {name: str(value).replace(" or ", "、").replace(", ", "、") for name, value in item.get("ctx", {}).items()}
    return template.format(**words) if template else str(item["msg"])


async def _http(request: Request, error: HTTPException) -> Response:
    code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(error.status_code, "http_error")
    detail = {
        "not_found": f"没有地址 {request.url.path}；接口说明见 /docs",
        "method_not_allowed": f"{request.url.path} 不支持 {request.method}",
    }.get(code, str(error.detail))
    response = problem_response(request, Problem(error.status_code, code, detail))
    response.headers.update(error.headers or {})
    return response


async def _question(request: Request, error: QuestionError) -> Response:
    if isinstance(error, UnknownId):
        return problem_response(request, Problem(HTTPStatus.NOT_FOUND, "unknown_id", str(error), id=error.id))
    return problem_response(request, Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_parameters", str(error)))


async def _overlay(request: Request, error: OntologyInvalid) -> Response:
    return problem_response(request, Problem(HTTPStatus.SERVICE_UNAVAILABLE, "ontology_invalid", str(error)))


async def _read_only(request: Request, error: StoreReadOnly) -> Response:
    return problem_response(request, Problem(HTTPStatus.FORBIDDEN, "read_only", str(error)))


async def _store(request: Request, error: StoreError) -> Response:
    log.warning("store: %s", error)
    return problem_response(request, Problem(HTTPStatus.SERVICE_UNAVAILABLE, "store_unavailable", str(error)))


async def _unexpected(request: Request, error: Exception) -> Response:
    log.exception("unexpected error on %s", request.url.path, exc_info=error)
    detail = "请把服务日志中这一时刻的记录交给管理员。"
    return problem_response(request, Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", detail))
