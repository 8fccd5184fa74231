"""Index and search 20,000 ads on the embedded engine beside SQLite FTS5 with rjieba, in one run.

A "full" query filters by region, sorts by time, takes 20 hits with highlights and counts three
facets. Both sides read the same texts and the same queries. Building counts CPU seconds, queries
the wall clock: time them on a quiet machine only. Usage: python benchmarks/bench_index.py [ADS].
The texts are random sentences of dictionary words: good for speed, not for quality.
"""

import hashlib
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import jieba
import rjieba

from audit.analysis import analyse, search_term
from audit.highlight import highlights, snippet
from audit.index.base import FACETS as ALL_FACETS
from audit.index.base import Clause, Engine, SearchRequest, Versioned
from audit.index.embedded import EmbeddedEngine
from audit.index.mapping import load_mapping
from audit.sort_keys import risk_key, time_key
from classifier.normalise import normalise

ADS = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
QUERIES = 200
HITS = 20
FACETS = ("offerings", "region", "site")
REGIONS = ("150100", "110108", "320500", "440300")
SECONDS = 1_764_000_000


def make_texts(rng: random.Random) -> list[str]:
    jieba.initialize()
    frequency = {
        word: count for word, count in jieba.dt.FREQ.items() if count > 50 and len(word) > 1
    }
    words, weights = list(frequency), list(frequency.values())
    drawn = rng.choices(words, weights, k=ADS * 140)
    texts = []
    for number in range(ADS):
        part = drawn[number * 140 : (number + 1) * 140]
        texts.append("\n".join("".join(part[i : i + 20]) + "。" for i in range(0, 140, 20)))
    return texts


def make_queries(texts: Sequence[str], rng: random.Random) -> list[list[str]]:
    """Like the searches of tech notes: two words, one word, a stretch of four, a common word."""
    queries = []
    for number in range(QUERIES):
        words = [word for word in rjieba.cut(rng.choice(texts)) if len(word) > 1]
        kind = number % 4
        if kind == 0:
            queries.append(rng.sample(words, 2))
        elif kind == 1:
            queries.append([rng.choice(words)])
        elif kind == 2:
            line = rng.choice(rng.choice(texts).split("\n"))
            start = rng.randrange(len(line) - 5)
            queries.append([line[start : start + 4]])
        else:
            queries.append([rng.choice(["中国", "我们", "一个", "没有", "自己"])])
    return queries


def documents(texts: Sequence[str], rng: random.Random) -> list[Versioned]:
    return [document(number, text, rng) for number, text in enumerate(texts, start=1)]


def document(sequence: int, text: str, rng: random.Random) -> Versioned:
    title, body = analyse(text[:12]), analyse(text)
    region, site = rng.choice(REGIONS), f"site-{rng.randrange(40)}"
    seen = datetime.fromtimestamp(SECONDS - rng.randrange(10_000_000), tz=UTC)
    ad = {
        "ad_id": hashlib.sha256(str(sequence).encode()).hexdigest(),
        "sequence": sequence,
        "revision": 1,
        "host": f"{site}.example",
        "site_id": site,
        "region": region,
        "region_path": [region[:length] for length in range(2, 7)],
        "first_seen": seen.isoformat(),
        "last_seen": seen.isoformat(),
        "month": seen.strftime("%Y-%m"),
        "live": True,
        "title_words": title.words,
        "words": body.words,
        "grams": f"{title.grams} {body.grams}",
        "grams_decoded": f"{title.grams_decoded} {body.grams_decoded}",
        "time_key": time_key(seen, sequence),
        "risk_key": risk_key(rng.random(), sequence),
    }
    assessment = {
        "needs_review": True,
        "risk": 0.5,
        "offerings": [rng.choice(("subject_tutoring", "non_subject", "not_training"))],
        "subjects": rng.sample(("math", "chinese", "physics"), 2),
    }
    return str(ad["ad_id"]), 1, {"ad": ad, "assessment": assessment, "case": {"status": "none"}}


def ours(engine: Engine, texts: Sequence[str], query: Sequence[str], facets: Sequence[str]) -> int:
    terms = [term for word in query if (term := search_term(word))]
    result = engine.search(
        SearchRequest(
            clauses=tuple(Clause(term=term) for term in terms),
            filters={"ad.region_path": ("15",)},
            sort="time",
            limit=HITS,
            facets=tuple(facets),
        )
    )
    for sequence in result.sequences:
        text = texts[sequence - 1]
        found = highlights(normalise(text), [term.text for term in terms])
        str(snippet(text, around=found.spans[0].start if found.spans else 0))
    return result.total


def make_fts(folder: Path, rows: Sequence[Versioned], texts: Sequence[str]) -> sqlite3.Connection:
    database = sqlite3.connect(folder / "fts.sqlite3")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute(
        "CREATE TABLE ads(id INTEGER PRIMARY KEY, region, site, offering, seen INTEGER)"
    )
    database.execute("CREATE VIRTUAL TABLE fts USING fts5(words, tokenize='unicode61')")
    with database:
        for (_, _, document), text in zip(rows, texts, strict=True):
            ad, offering = document["ad"], document["assessment"]["offerings"][0]
            row = (ad["sequence"], ad["region"], ad["site_id"], offering, ad["time_key"])
            database.execute("INSERT INTO ads VALUES(?,?,?,?,?)", row)
            database.execute(
                "INSERT INTO fts(rowid, words) VALUES(?,?)",
                (ad["sequence"], " ".join(rjieba.cut_for_search(text))),
            )
    return database


def theirs(database: sqlite3.Connection, query: Sequence[str]) -> int:
    words = [word for term in query for word in rjieba.cut(term)]
    match = " AND ".join(f'"{word}"' for word in words)
    where = "FROM fts JOIN ads ON ads.id = fts.rowid WHERE fts MATCH ? AND region LIKE '15%'"
    database.execute(
        f"SELECT ads.id, highlight(fts, 0, '[', ']') {where} ORDER BY seen DESC LIMIT {HITS}",
        (match,),
    ).fetchall()
    for facet in ("offering", "region", "site"):
        database.execute(f"SELECT {facet}, count(*) {where} GROUP BY {facet}", (match,)).fetchall()
    return int(database.execute(f"SELECT count(*) {where}", (match,)).fetchone()[0])


def timed(act: Callable[[Sequence[str]], int], queries: Sequence[Sequence[str]]) -> list[float]:
    milliseconds = []
    for query in queries:
        start = time.perf_counter()
        act(query)
        milliseconds.append((time.perf_counter() - start) * 1000)
    return sorted(milliseconds)


def quantiles(milliseconds: Sequence[float]) -> tuple[float, float]:
    return statistics.median(milliseconds), milliseconds[int(len(milliseconds) * 0.95)]


def main() -> None:
    rng = random.Random(1)
    texts = make_texts(rng)
    queries = make_queries(texts, rng)
    print(f"{ADS} ads, {sum(map(len, texts)) // ADS} characters each, {QUERIES} queries")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = time.process_time()
        for text in texts[:2000]:
            analyse(text)
        analysed = 2000 / (time.process_time() - start)
        start = time.process_time()
        rows = documents(texts, rng)
        built = time.process_time() - start
        engine = EmbeddedEngine(folder / "index", load_mapping("ads"))
        engine.create()
        start = time.process_time()
        engine.rebuild(rows)
        written = time.process_time() - start
        start = time.process_time()
        database = make_fts(folder, rows, texts)
        fts_seconds = time.process_time() - start
        size = sum(path.stat().st_size for path in (folder / "index").rglob("*") if path.is_file())
        print(f"analyse one text       {analysed:9.0f} texts/s")
        print(
            f"build + index, ours    {ADS / (built + written):9.0f} docs/s"
            f"  (documents {ADS / built:.0f}/s, tantivy {ADS / written:.0f}/s)"
        )
        print(f"build + index, FTS5    {ADS / fts_seconds:9.0f} docs/s")
        text_bytes = sum(len(text.encode()) for text in texts)
        print(
            f"index size             {size / 2**20:9.1f} MiB = {size / text_bytes:.2f} of the text"
        )
        sides: dict[str, Callable[[Sequence[str]], int]] = {
            "ours": lambda query: ours(engine, texts, query, FACETS),
            "ours, all 9 facets": lambda query: ours(engine, texts, query, tuple(ALL_FACETS)),
            "ours, no highlight": lambda query: ours(engine, [""] * ADS, query, FACETS),
            "FTS5 + rjieba": lambda query: theirs(database, query),
        }
        for act in sides.values():
            timed(act, queries[:20])
        figures = {side: quantiles(timed(act, queries)) for side, act in sides.items()}
        for side, (middle, slow) in figures.items():
            print(f"full query, {side:18} p50 {middle:7.2f} ms   p95 {slow:7.2f} ms")
        (middle, slow), (their_middle, their_slow) = figures["ours"], figures["FTS5 + rjieba"]
        ratios = f"p50 x{their_middle / middle:.1f}      p95 x{their_slow / slow:.1f}"
        print(f"FTS5 to ours           {ratios}")
        found = sum(ours(engine, texts, query, ()) > 0 for query in queries)
        theirs_found = sum(theirs(database, query) > 0 for query in queries)
        print(f"queries with a hit     ours {found}, FTS5 {theirs_found}, of {QUERIES}")
        database.close()


if __name__ == "__main__":
    main()
