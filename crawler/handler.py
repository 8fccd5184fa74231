"""The download handler: Scrapy's Twisted one, which fetches only through the guarded resolver."""

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import CannotResolveHostError, DownloadCancelledError
from scrapy.http import Request, Response

from crawler.canonical import host_port
from crawler.errors import CrawlerError, OverCapError
from crawler.resolver import GuardedResolver


class GuardedDownloadHandler(HTTP11DownloadHandler):
    """Tells a refused address from an unknown host, and an over-cap body from other aborts."""

    async def download_request(self, request: Request) -> Response:
        from twisted.internet import reactor

        resolver = reactor.nameResolver
        if not isinstance(resolver, GuardedResolver):
            raise CrawlerError(
                f"{request.url}: netguard is not installed on the reactor. Run crawls with the "
                f"settings of crawler.settings."
            )
        try:
            return await super().download_request(request)
        except CannotResolveHostError as error:
            refusal = resolver.refusals.get(host_port(request.url))
            if refusal is not None:
                raise refusal from error
            raise
        except DownloadCancelledError as error:  # Scrapy cancels only a body above the cap
            raise OverCapError(
                f"{request.url}: body above the cap of {self._default_maxsize} bytes. "
                f"It was not saved."
            ) from error
