"""Runs one crawl in a process of its own, because Scrapy's reactor runs once per process.

Reads the arguments as JSON on standard input; `prepare` names a function of this module that is
called first. Prints the ledger as JSON.
"""

import json
import sys
from pathlib import Path

from crawler.errors import CrawlerError
from crawler.process import crawl
from crawler.site import Site


def main() -> int:
    given = json.load(sys.stdin)
    if given.get("prepare"):
        from tests.crawler import preparations

        getattr(preparations, given["prepare"])(given)
    try:
        ledger = crawl(
            [Site.from_dict(site) for site in given["sites"]],
            data_folder=Path(given["data"]),
            run_id=given["run_id"],
            operator="tester",
            contact=given.get("contact", ""),
            max_pages=given.get("max_pages"),
            permitted=frozenset((host, port) for host, port in given["permitted"]),
            settings=given.get("settings"),
        )
    except CrawlerError as error:
        json.dump({"error": str(error), "kind": type(error).__name__}, sys.stdout)
        return 1
    found = {
        "totals": ledger.totals(),
        "reasons": ledger.by_reason(),
        "outcome": ledger.outcome,
        "warnings": list(ledger.warnings),
    }
    json.dump(found, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
