"""A profile and its tabs."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from zhihu_crawler.sandbox import dom
from zhihu_crawler.sandbox.state import TABLES, add_profile, add_user_list, page_state

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zhihu_crawler.sandbox.ids import UserId
    from zhihu_crawler.sandbox.world import World

A_PAGE = 20
LIST_OF_TAB = {
    "": "",
    "answers": "answers",
    "asks": "questions",
    "posts": "articles",
    "collections": "favlists",
    "following": "followees",
    "followers": "followers",
    "pins": "pins",
    "columns": "",
    "zvideos": "",
}
"""A tab's word in the address: the list in the API; an empty one shows nothing but the head."""
_ITEM: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "answers": dom.answer_item,
    "questions": dom.question_item,
    "articles": dom.article_item,
    "favlists": dom.collection_item,
    "followees": dom.person_item,
    "followers": dom.person_item,
}


def profile_page_state(
    world: World, id_: UserId, user: dict[str, Any], tab: str, number: int
) -> tuple[dict[str, Any], str] | None:
    """Return the state of a tab's page and the entries as elements; ``None`` where there is no such tab."""
    if tab not in LIST_OF_TAB:
        return None
    name = LIST_OF_TAB[tab]
    entities: dict[str, list[tuple[str, dict[str, Any]]]] = {"users": [(id_.token, user)]}
    things: list[tuple[str, dict[str, Any]]] = []
    start = max(0, number - 1) * A_PAGE
    if name:
        listing = world.user_list(id_, name)
        places = [listing.place(at) for at in range(start, min(start + A_PAGE, listing.delivered))]
        things = [(listing.key(place), listing.make(place)) for place in places]
        entities.setdefault(TABLES[name], []).extend(things)
    state = page_state("main", f"Profile{tab.capitalize() or 'Timeline'}", entities)
    add_profile(state, id_.token, id_.hex)
    if name:
        add_user_list(
            state, id_.token, name, [key for key, _ in things], start=start, total=world.user_list(id_, name).totals
        )
    make = _ITEM.get(name)
    return state, dom.list_items(make(thing) for _, thing in things) if make else ""


def profile_main(user: Mapping[str, Any], tab: str, blocks: str) -> str:
    """Return a profile's elements."""
    base = f"/people/{user['url_token']}"
    tabs = "".join(
        f'<li role="tab" class="Tabs-item"><a class="Tabs-link{" is-active" if tab == word else ""}" '
        f'href="{base}/{word}">'
        f'{name}<span class="Tabs-meta">{user[key]:,}</span></a></li>'
        for word, name, key in dom.TABS
    )
    return (
        f'<div itemProp="people" itemType="http://schema.org/Person" itemscope="">{_metas(user)}<div '
        'id="ProfileHeader" '
        f'class="ProfileHeader"><div class="Card"><div class="ProfileHeader-userCover"><span>{escape(user["ip_info"])}'
        '</span></div><div class="ProfileHeader-wrapper"><div class="ProfileHeader-main"><div class="UserAvatar '
        f'ProfileHeader-avatar"><img class="Avatar Avatar--large UserAvatar-inner" width="160" '
        f'src="{user["avatar_url"].replace("_l.", "_xl.")}"/></div><div class="ProfileHeader-content"><div '
        f'class="ProfileHeader-contentHead"><h1 class="ProfileHeader-title"><span class="ProfileHeader-name">'
        f'{escape(user["name"])}</span><span class="ztext '
        f'ProfileHeader-headline">{escape(user["headline"])}</span></h1>'
        f'</div><div class="ProfileHeader-contentBody"><div class="ProfileHeader-info">{_infos(user)}</div></div></div>'
        '</div></div></div></div><div class="Profile-main"><div class="Profile-mainColumn"><div '
        'class="Card ProfileMain" '
        f'id="ProfileMain"><div class="ProfileMain-header"><ul role="tablist" class="Tabs ProfileMain-tabs">{tabs}</ul>'
        f'</div><div class="List" id="Profile-{tab or "activities"}"><div>{blocks}</div></div></div></div>'
        f'<div class="Profile-sideColumn">{_followship(user, base)}</div></div></div>'
    )


def _metas(user: Mapping[str, Any]) -> str:
    gender = {1: dom.meta("gender", "Male"), 0: dom.meta("gender", "Female")}.get(user["gender"], "")
    counts = ("voteup", "thanked", "follower", "answer", "articles")
    return (
        dom.meta("name", user["name"])
        + dom.meta("url", f"https://www.zhihu.com/people/{user['url_token']}")
        + gender
        + dom.meta("image", user["avatar_url"])
        + "".join(dom.meta(f"zhihu:{word}Count", user[f"{word}_count"]) for word in counts)
    )


def _infos(user: Mapping[str, Any]) -> str:
    """Business and work beside one icon, school beside the other."""
    business = user.get("business", {}).get("name", "")
    work = [f"{one['company']['name']} {one['job']['name']}" for one in user["employments"]]
    schools = [f"{one['school']['name']} {one['major']['name']}" for one in user["educations"]]
    rows = [("company", " ".join([business, *work]).strip()), ("education", " ".join(schools))]
    return "".join(
        f'<div class="ProfileHeader-infoItem"><div class="ProfileHeader-iconWrapper"><svg class="Icon '
        f'ProfileHeader-icon Icon--{icon}"></svg></div>{escape(words)}</div>'
        for icon, words in rows
        if words
    )


def _followship(user: Mapping[str, Any], base: str) -> str:
    """Numbers are rounded from ten thousand on, in the title too (stored page of 2024)."""
    rows = (("following", "关注了", user["following_count"]), ("followers", "关注者", user["follower_count"]))
    boards = "".join(
        f'<a type="button" class="Button NumberBoard-item" href="{base}/{word}"><div '
        'class="NumberBoard-itemInner"><div '
        f'class="NumberBoard-itemName">{name}</div><strong class="NumberBoard-itemValue" title="{dom.short(count)}">'
        f"{dom.short(count)}</strong></div></a>"
        for word, name, count in rows
    )
    return f'<div class="Card FollowshipCard"><div class="NumberBoard FollowshipCard-counts">{boards}</div></div>'
