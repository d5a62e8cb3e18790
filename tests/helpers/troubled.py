"""A spider in trouble, and middlewares that are careless: for the tests that look for secrets."""

from __future__ import annotations

from base64 import b64encode
from traceback import format_exception
from typing import TYPE_CHECKING, Any

from scrapy.downloadermiddlewares.httpproxy import HttpProxyMiddleware

from spiders.question import QuestionSpider
from zhihu_crawler.middlewares.credentials import CredentialsMiddleware
from zhihu_crawler.sessions.crawler import pool_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response


def dump(request: Request) -> dict[str, Any]:
    """Return all that makes up a request."""
    return {name: getattr(request, name, None) for name in type(request).attributes}


class TroubledSpider(QuestionSpider):
    """Reads a question, tells all that it knows of its requests, fails in callbacks, goes through a proxy of its own.

    The setting TROUBLED_PROXY is that proxy; TROUBLED_LEAK makes it give a session's cookie away.
    """

    name = "troubled"
    _proxied = False

    def parse_profile(self, response: Response, token: str) -> Any:
        known = dump(response.request)
        self._tell(known, response.request.headers, response.headers, response.meta)
        self._leak(response)
        proxy = self.settings.get("TROUBLED_PROXY")
        if proxy and not self._proxied:
            self._proxied = True
            for path in ("people/shili-t-1", "people/shili-t-2"):
                request = self.request(f"https://www.zhihu.com/{path}", self.parse_again)
                request.meta["proxy"] = proxy
                yield request
        yield from super().parse_profile(response, token)
        if token.endswith(("1", "3")):
            raise RuntimeError(f"no use for {known} {response.headers} {response.meta}")

    def parse_again(self, response: Response) -> None:
        self._tell(response.request, response.meta)
        self.crawler.stats.set_value("troubled/proxied", response.status)

    def failed(self, failure: Any) -> Any:
        request = failure.request
        self._tell(dump(request), request.headers, request.meta, failure.getTraceback())
        self._tell(*format_exception(failure.value))
        yield from super().failed(failure)

    def _tell(self, *things: Any) -> None:
        for thing in things:
            self.logger.debug("%s %r", thing, thing)

    def _leak(self, response: Response) -> None:
        if not self.settings.get("TROUBLED_LEAK"):
            return
        value = next(cookie["value"] for cookie in pool_of(self.crawler).usable()[0].cookies.dump())
        self.logger.info("Given away: %s", b64encode(value.encode()))
        self.crawler.stats.set_value("troubled/cookie", value)
        raise RuntimeError(f"as {value}")


class CarelessCredentials(CredentialsMiddleware):
    """Leaves the secrets where they are."""

    def process_response(self, request, response):
        return response

    def process_exception(self, request, exception):
        return None

    def scheduled(self, request):
        return None


class CarelessProxy(HttpProxyMiddleware):
    """Scrapy's own, with a session's proxy in ``meta``."""

    @classmethod
    def from_crawler(cls, crawler):
        middleware = super().from_crawler(crawler)
        middleware.crawler = crawler
        return middleware

    def process_request(self, request):
        session = pool_of(self.crawler).get(request.meta.get("zhihu_session"))
        if session and session.proxy:
            request.meta["proxy"] = session.proxy.get_secret_value()
        return super().process_request(request)
