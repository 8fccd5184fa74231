"""The search page."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from audit import policy
from audit.errors import IndexEngineError, QueryError
from audit.search import search as find
from audit.views.pages import page, section, user_of
from audit.views.search_context import with_answer, without_answer
from audit.views.search_form import PAGE_HITS, SearchForm

_ENGINE_DOWN = "检索引擎没有应答，队列和研判不受影响。请稍后再试，或联系管理员。"


@require_safe
@section("search")
def search(request: HttpRequest) -> HttpResponse:
    user, form = user_of(request), SearchForm.read(request.GET)
    try:
        found = find(
            form.q,
            scope=policy.scope(user),
            limit=PAGE_HITS,
            cursor=form.cursor or None,
            **form.arguments(),
        )
    except QueryError as error:
        context = without_answer(form, error.zh or "检索条件有误，请检查。")
        return page(request, "search.html", context, status=400)
    except IndexEngineError as error:
        context = without_answer(form, error.zh or _ENGINE_DOWN, str(error))
        return page(request, "search.html", context, status=503)
    return page(request, "search.html", with_answer(form, found, user))
