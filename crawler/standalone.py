"""What `scrapy crawl site -a site=ID` needs to run without the application around it."""

from pathlib import Path
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from ulid import ULID

from crawler.errors import SiteError
from crawler.pace import user_agent
from crawler.run import Run, open_writer, run_settings
from crawler.site import load_site


def open_standalone(crawler: Crawler, *, site: str = "", **unknown: str) -> dict[str, Any]:
    """Return the spider's arguments for one site of `SITES_FOLDER`; its run ends with the spider.

    Raises:
        SiteError: no site named, no such site, or an argument that the spider does not have.
    """
    if not site or unknown:
        got = ", ".join(sorted(unknown)) or "none"
        raise SiteError(f"The spider 'site' expects -a site=ID and nothing else, got {got}.")
    settings = crawler.settings
    declared = load_site(Path(settings["SITES_FOLDER"]) / f"{site}.yml")
    agent = user_agent(settings["CONTACT"], sites=[declared])
    run = Run(
        data_folder=Path(settings["DATA_FOLDER"]).resolve(),
        run_id=str(ULID()),
        sites=[declared],
        settings=run_settings(agent),
    )

    def close_run() -> None:
        is_done = crawler.stats.get_value("finish_reason") == "finished"
        run.close("failed" if run.error else "done" if is_done else "stopped")

    crawler.signals.connect(close_run, signal=signals.engine_stopped, weak=False)
    writer = open_writer(run, declared, operator=settings["OPERATOR"], contact=settings["CONTACT"])
    return {"site": declared, "run": run, "writer": writer, "agent": agent}
