"""The baseline of `bench_chain.py`: the chain as one would first write it, in one process.

Scrapy defaults, BeautifulSoup(lxml), NFKC and OpenCC, jieba, pyahocorasick, character TF-IDF with
one-vs-rest logistic regression, warcio, SQLite FTS5. Prints the CPU seconds of the crawl as JSON.
Usage: `naive_stack.py URL FOLDER`.
"""

import json
import resource
import sqlite3
import sys
import time
import unicodedata
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import ahocorasick
import jieba
import opencc
import scrapy
from bs4 import BeautifulSoup
from scrapy.crawler import AsyncCrawlerProcess
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

TRAIN = Path(__file__).resolve().parent.parent / "classifier" / "data" / "train"
LEXICON_WORDS = 5000


def training_rows() -> Iterator[tuple[str, list[str]]]:
    for file in sorted(TRAIN.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            labels = [*row["offerings"], *row["subjects"], *row["disguises"], *row["violations"]]
            yield row["text"], labels


def fit_model() -> Any:
    from sklearn.preprocessing import MultiLabelBinarizer

    texts, labels = zip(*training_rows(), strict=True)
    targets = MultiLabelBinarizer().fit_transform(labels)
    model = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2),
        OneVsRestClassifier(SGDClassifier(loss="log_loss", random_state=0, max_iter=5, tol=None)),
    )
    return model.fit(texts, targets)


def build_lexicon() -> Any:
    jieba.initialize()  # its dictionary is empty until then
    automaton = ahocorasick.Automaton()
    words = [word for word in list(jieba.dt.FREQ)[: LEXICON_WORDS * 20] if 2 <= len(word) <= 4]
    for word in words[:LEXICON_WORDS]:
        automaton.add_word(word, word)
    automaton.make_automaton()
    return automaton


class NaiveSpider(scrapy.Spider):
    name = "naive"

    def __init__(self, url: str, folder: str, model: Any, lexicon: Any) -> None:
        super().__init__()
        self.url, self.model, self.lexicon = url, model, lexicon
        self.converter = opencc.OpenCC("t2s")
        self.warc_file = (Path(folder) / "naive.warc.gz").open("wb")
        self.warc = WARCWriter(self.warc_file, gzip=True)
        self.index = sqlite3.connect(Path(folder) / "naive.sqlite3")
        self.index.execute("CREATE VIRTUAL TABLE ads USING fts5(url, words)")
        self.pages = 0

    async def start(self) -> AsyncIterator[scrapy.Request]:
        yield scrapy.Request(self.url)

    def parse(self, response: Any) -> Iterator[scrapy.Request]:
        self.pages += 1
        headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], "HTTP/1.1")
        record = self.warc.create_warc_record(
            response.url, "response", payload=BytesIO(response.body), http_headers=headers
        )
        self.warc.write_record(record)
        soup = BeautifulSoup(response.body, "lxml")
        text = soup.get_text("\n", strip=True)
        folded = self.converter.convert(unicodedata.normalize("NFKC", text))
        words = jieba.lcut(folded)
        list(self.lexicon.iter(folded))
        self.model.predict([folded])
        self.index.execute("INSERT INTO ads VALUES (?, ?)", (response.url, " ".join(words)))
        if self.pages % 100 == 0:
            self.index.commit()
        for link in soup.find_all("a", href=True):
            yield response.follow(link["href"])

    def closed(self, reason: str) -> None:
        self.index.commit()
        self.warc_file.close()


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    model, lexicon = fit_model(), build_lexicon()
    process = AsyncCrawlerProcess({"LOG_LEVEL": "ERROR"})
    crawler = process.create_crawler(NaiveSpider)
    process.crawl(crawler, url=sys.argv[1], folder=sys.argv[2], model=model, lexicon=lexicon)
    cpu, wall = cpu_seconds(), time.monotonic()
    process.start()
    pages = crawler.spider.pages
    result = {"pages": pages, "cpu": cpu_seconds() - cpu, "wall": time.monotonic() - wall}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
