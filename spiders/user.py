"""``scrapy crawl user -a tokens=imike -a follow=answers,followees``: profiles, their lists, the follow graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spiders._arguments import UserArguments
from spiders._base import ZhihuSpider
from zhihu_crawler.endpoints import user_listing_url
from zhihu_crawler.items import Follow, Item, User
from zhihu_crawler.walk import Walk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy import Request
    from scrapy.http import Response

    from zhihu_crawler.urls import Target


class UserSpider(ZhihuSpider[UserArguments]):
    """Reads a profile, then the lists that were chosen; ``depth`` goes on to whom the lists of follows name."""

    name = "user"
    kinds = ("user", "answer", "question", "article", "collection", "column", "topic", "follow", "listing", "tombstone")

    def seed_request(self, target: Target, args: UserArguments) -> Request:
        """Request the profile."""
        return self.user_request(target.id, args.depth)

    def user_request(self, token: str, depth: int) -> Request:
        """Request a profile that lies ``depth`` steps before the end of the graph to read."""
        return self.page_request("user", token, self.parse_user, token=token, depth=depth)

    def parse_user(self, response: Response, token: str, depth: int) -> Iterator[Item | Request]:
        """Read the profile, and begin its lists."""
        for output in self.parse_profile(response, token):
            yield output
            if isinstance(output, User):
                yield from self.list_requests(output, token, depth, self.args_of(response.meta))

    def list_requests(self, user: User, token: str, depth: int, args: UserArguments) -> Iterator[Request]:
        """Request the first page of every list that is wanted."""
        for listing in args.follow:
            walk = Walk(
                "user", user.url_token or token, listing, limit=args.max_per_list, total=count_of(user, listing)
            )
            url = user_listing_url(walk.owner_id, listing)
            yield self.request(url, self.parse_listing, walk=walk.to_dict(), depth=depth)

    async def parse_listing(
        self, response: Response, walk: dict[str, Any], depth: int
    ) -> AsyncIterator[Item | Request]:
        """Read one page of a list."""
        async for output in self.read_listing(response, Walk.from_dict(walk), self.parse_listing, depth=depth):
            yield output

    def requests_from(self, item: Item, *_: UserArguments, depth: int = 0, **__: Any) -> Iterator[Request]:
        """Go on along the follow graph."""
        if depth and isinstance(item, Follow):
            for token in (item.follower_token, item.followee_token):
                if token:
                    yield self.user_request(token, depth - 1)


_COUNTS = {
    "answers": "answer_count",
    "questions": "question_count",
    "articles": "articles_count",
    "collections": "favorite_count",
    "followees": "following_count",
    "followers": "follower_count",
}


def count_of(user: User, listing: str) -> int | None:
    """Return how many records a profile says that one of its lists has."""
    count: int | None = getattr(user, _COUNTS[listing])
    return count
