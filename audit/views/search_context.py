"""What the search page shows, made from a search's answer."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from audit import policy
from audit.ad_view import degree_zh
from audit.case_law import zh_of
from audit.highlight import pieces
from audit.models import SiteRow, User
from audit.query import FORMS
from audit.region_names import region_zh
from audit.search import SearchPage
from audit.search_hits import SearchHit
from audit.search_words import CONTACT_KINDS, SORTS, status_word
from audit.views.search_facets import Chip, Facet, chips, facets
from audit.views.search_form import SearchForm
from classifier.labels import load_labels

# A listing page has dozens; its cards, which are ads of their own, have one each.
_MOST_CONTACTS = 4
_NO_TITLE = (("（无标题）", False),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A label in its Chinese name; `axis` gives the hue."""

    zh: str
    axis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    words: str
    query: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HitCard:
    """One hit. `title` and `snippet` are stretches of words, each with whether it was found.

    `case_id` is None without a case or where the person may not see it.
    """

    ad_id: str
    case_id: int | None
    title: tuple[tuple[str, bool], ...]
    snippet: tuple[tuple[str, bool], ...]
    cut_before: bool
    cut_after: bool
    decoded: tuple[tuple[str, str], ...]
    tags: tuple[Tag, ...]
    needs_review: bool
    degree: str
    risk: float
    status: str
    site: str
    region: str
    url: str
    last_seen: datetime
    live: bool
    like_this: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchContext:
    """Context of `search.html`; `problem` tells in Chinese why there is no answer.

    `total` is None without an answer. `next` and `first` are the queries of other pages.
    """

    form: SearchForm
    help: tuple[tuple[str, str], ...] = FORMS
    problem: str = ""
    detail: str = ""
    region: str = ""
    total: int | None = None
    hits: tuple[HitCard, ...] = ()
    facets: tuple[Facet, ...] = ()
    chips: tuple[Chip, ...] = ()
    sorts: tuple[Link, ...] = ()
    next: str = ""
    first: str = ""
    export: str = ""
    without_words: str = ""


def without_answer(form: SearchForm, problem: str, detail: str = "") -> SearchContext:
    """Return the page that keeps what was typed and says what is wrong."""
    return SearchContext(
        form=form, problem=problem, detail=detail, chips=chips(form, site_titles={})
    )


def with_answer(form: SearchForm, page: SearchPage, user: User) -> SearchContext:
    named = {*page.facets.get("site", ()), *(hit.site_id for hit in page.hits), form.site}
    titles = site_titles(named)
    seen = visible_case_ids(user, page.hits)
    return SearchContext(
        form=form,
        region="" if "" in policy.scope(user) else "、".join(map(region_zh, policy.scope(user))),
        total=page.total,
        hits=tuple(_card(hit, form, titles, seen) for hit in page.hits),
        facets=facets(form, page.facets, site_titles=titles),
        chips=chips(form, site_titles=titles),
        sorts=tuple(_sorts(form)),
        next=form.query_string(cursor=page.cursor) if page.cursor else "",
        first=form.query_string() if form.cursor else "",
        export=form.query_string(),
        without_words=form.query_string(q="") if form.q and form.query_string(q="") != "?" else "",
    )


def _sorts(form: SearchForm) -> Iterable[Link]:
    """Offer the orders; without words there is no relevance, and risk takes its place."""
    chosen = form.sort if form.q or form.sort != "relevance" else "risk"
    for name, zh in SORTS.items():
        if form.q or name != "relevance":
            query = form.query_string(sort=name)
            yield Link(words=zh, query=query, is_chosen=name == chosen)


def site_titles(site_ids: Iterable[str]) -> dict[str, str]:
    """Return the titles of those sites that have a row."""
    rows = SiteRow.objects.filter(site_id__in=set(site_ids))
    return dict(rows.values_list("site_id", "title"))


def visible_case_ids(user: User, hits: Iterable[SearchHit]) -> set[int]:
    """Return the hits' cases that the person may open; an actor may lie elsewhere than its ad."""
    wanted = {hit.case_id for hit in hits if hit.case_id is not None}
    return set(policy.visible_cases(user).filter(pk__in=wanted).values_list("pk", flat=True))


def _card(hit: SearchHit, form: SearchForm, titles: Mapping[str, str], seen: set[int]) -> HitCard:
    known = load_labels()
    piece = hit.snippet
    return HitCard(
        ad_id=hit.ad_id,
        case_id=hit.case_id if hit.case_id in seen else None,
        title=tuple(pieces(hit.title, hit.title_highlights)) if hit.title.strip() else _NO_TITLE,
        snippet=tuple(pieces(piece.text, hit.highlights, offset=piece.offset)),
        cut_before=piece.cut_before,
        cut_after=piece.cut_after,
        decoded=tuple(dict.fromkeys((one.text, one.plain) for one in hit.decoded)),
        tags=tuple(
            Tag(zh=zh_of(label), axis=known.axis(label) if label in known else "")
            for label in hit.labels
        ),
        needs_review=hit.needs_review,
        degree=degree_zh(hit.risk),
        risk=hit.risk,
        status=status_word(hit.status),
        site=titles.get(hit.site_id, hit.site_id),
        region=region_zh(hit.region),
        url=hit.url,
        last_seen=hit.last_seen,
        live=hit.live,
        like_this=tuple(_like_this(hit)),
    )


def _like_this(hit: SearchHit) -> Iterable[Link]:
    """Link to all ads of the same host and of each contact, which stays unnamed."""
    if host := urlsplit(hit.url).netloc.rpartition("@")[2]:
        yield Link(words="同网站的广告", query=SearchForm(q=f"网站:{host}").query_string())
    kinds = Counter(contact.kind for contact in hit.contacts)
    named: Counter[str] = Counter()
    for contact in hit.contacts[:_MOST_CONTACTS]:
        named[contact.kind] += 1
        kind = CONTACT_KINDS.get(contact.kind, "联系方式")
        number = f" {named[contact.kind]} " if kinds[contact.kind] > 1 else ""
        query = SearchForm(q=f"联系:{contact.hash}").query_string()
        yield Link(words=f"同{kind}{number}的广告", query=query)
