"""Scrapy's settings, every unsafe default of Scrapy 2.19 set by name.

`jianwei crawl` sets the first block from its own settings; `scrapy crawl site -a site=ID` reads it
from the environment. Pace and User-Agent are set per site (crawler.pace).
"""

import os
from pathlib import Path

DATA_FOLDER = os.environ.get("JIANWEI_DATA", "var")
CONTACT = os.environ.get("JIANWEI_CONTACT", "")
OPERATOR = os.environ.get("JIANWEI_OPERATOR", "unknown")
SITES_FOLDER = str(Path(__file__).parent / "sites")
# "host:port" pairs that may be crawled although their addresses are not public.
NETGUARD_PERMITTED: list[str] = []

BOT_NAME = "jianwei"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"
SCHEDULER = "crawler.scheduler.FrontierScheduler"

# Politeness. robots.txt is obeyed by our own middleware, which also keeps its decision.
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "Jianwei"
DOWNLOAD_DELAY = 2.0
DOWNLOAD_DELAY_JITTER = 0  # never sooner than the declared delay
CONCURRENT_REQUESTS = 1
CONCURRENT_REQUESTS_PER_DOMAIN = 1
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_MAX_DELAY = 60.0

# What is asked for again, and when (crawler.middlewares.retry).
RETRY_TIMES = 2
RETRY_FIRST_WAIT_SECONDS = 2.0
RETRY_LONGEST_WAIT_SECONDS = 120.0

# Only http and https, only through the guard, certificates verified, nothing without end.
DOWNLOAD_HANDLERS = {
    "http": "crawler.handler.GuardedDownloadHandler",
    "https": "crawler.handler.GuardedDownloadHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
TWISTED_DNS_RESOLVER = "crawler.resolver.GuardedResolver"
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_MAXSIZE = 16 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_TIMEOUT = 60
DOWNLOAD_FAIL_ON_DATALOSS = True

COOKIES_ENABLED = False
HTTPPROXY_ENABLED = False  # a proxy would look names up itself, past the guard
HTTPCACHE_ENABLED = False
REDIRECT_ENABLED = False  # each hop is a URL of its own in the ledger
METAREFRESH_ENABLED = False
COMPRESSION_ENABLED = False  # evidence keeps bodies as received
REFERER_ENABLED = False
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9",
    "Accept-Encoding": "gzip, deflate, br",
}

_OFF = None
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": _OFF,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": _OFF,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": _OFF,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": _OFF,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": _OFF,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": _OFF,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": _OFF,
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": _OFF,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": _OFF,
    "scrapy.downloadermiddlewares.stats.DownloaderStats": _OFF,
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": _OFF,
    "crawler.middlewares.robots.RobotsMiddleware": 100,
    "crawler.middlewares.evidence.EvidenceMiddleware": 800,
    "crawler.middlewares.retry.RetryMiddleware": 900,
}
SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": _OFF,
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": _OFF,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": _OFF,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": _OFF,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": _OFF,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": _OFF,
}
EXTENSIONS = {
    "scrapy.extensions.telnet.TelnetConsole": _OFF,
    "scrapy.extensions.remote_control.RemoteControl": _OFF,
    "scrapy.extensions.memusage.MemoryUsage": _OFF,
    "scrapy.extensions.memdebug.MemoryDebugger": _OFF,
    "scrapy.extensions.closespider.CloseSpider": _OFF,
    "scrapy.extensions.feedexport.FeedExporter": _OFF,
    "scrapy.extensions.spiderstate.SpiderState": _OFF,
    "scrapy.extensions.logstats.LogStats": _OFF,
}

# The largest gain to be had for free: 100 worker tasks for every response otherwise.
CONCURRENT_ITEMS = 8
LOG_LEVEL = "INFO"
STATS_DUMP = False
