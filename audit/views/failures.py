"""Turns what the store refuses into a page in Chinese: what happened and what to do."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from audit.database import explain
from audit.errors import (
    AuditError,
    IndexEngineError,
    NoSuchObjectError,
    PolicyError,
    QueryError,
    StoreError,
)
from audit.views.pages import page

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Context of `failure.html`; `detail` is the store's own line, for the administrator."""

    status: int
    title: str
    says: str
    detail: str = ""


# The first class that fits decides: status, title, what to say when the error says nothing itself.
_TABLE: tuple[tuple[type[Exception], int, str, str], ...] = (
    (NoSuchObjectError, 404, "没有找到", "没有这个页面，或者它不在您的管辖范围内。"),
    (PolicyError, 403, "不能这样操作", "您的角色、地区或该线索当前的状态不允许这样操作。"),
    (QueryError, 400, "条件有误", "请检查填写的条件。"),
    (
        IndexEngineError,
        503,
        "检索暂不可用",
        "检索引擎没有应答，研判不受影响。请稍后再试，或联系管理员。",
    ),
    (
        StoreError,
        503,
        "暂时无法保存",
        "数据库没有应答，操作没有保存。请稍后再试，或联系管理员。",
    ),
    (AuditError, 400, "操作没有完成", "请检查填写的内容。"),
)


class FailuresMiddleware:
    """Answers an error of ours with its page; any other one is a fault and is logged by Django."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DatabaseError):
            error = explain(error)
        if not isinstance(error, AuditError):
            return None
        return failed(request, error)


def failed(request: HttpRequest, error: AuditError) -> HttpResponse:
    """Return the page, or for htmx the notice, that tells what went wrong."""
    kind, status, title, says = next(row for row in _TABLE if isinstance(error, row[0]))
    level = logging.WARNING if status >= 500 else logging.INFO
    log.log(level, "Request refused", extra={"path": request.path, "error": str(error)})
    detail = "" if kind in {NoSuchObjectError, PolicyError, QueryError} else str(error)
    failure = Failure(status=status, title=title, says=error.zh or says, detail=detail)
    return _answer(request, failure)


def _answer(request: HttpRequest, failure: Failure) -> HttpResponse:
    if getattr(request, "htmx", False):
        answer = page(request, "failure_notice.html", failure, status=failure.status)
        answer["HX-Retarget"], answer["HX-Reswap"] = "#notices", "innerHTML"
        return answer
    return page(request, "failure.html", failure, status=failure.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, Failure(status=400, title="请求有误", says="请求的内容无法识别。"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    says = "没有这个页面，或者它不在您的管辖范围内。"
    return _answer(request, Failure(status=404, title="没有找到", says=says))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(
        request, Failure(status=403, title="不能打开", says="您的角色不能打开这个页面。")
    )


def server_error(request: HttpRequest) -> HttpResponse:
    says = "系统出了故障，已经记录。刚才的操作可能没有保存，请返回查看后再试。"
    return _answer(request, Failure(status=500, title="系统故障", says=says))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    says = "页面停留太久，或在别处重新登录过。请返回上一页，刷新后再提交；填写的内容不会丢失。"
    return _answer(request, Failure(status=403, title="请刷新后再提交", says=says))
