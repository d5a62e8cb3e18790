from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.samples import USER_ID, author
from zhihu_crawler.errors import PageError, RecordError
from zhihu_crawler.items import Author, AuthorKind, Badge, Education, Employment, Gender, TopicRef, User
from zhihu_crawler.parsers.people import read_author, read_badges, read_gender, read_ip_location, read_user
from zhihu_crawler.parsers.record import Record

if TYPE_CHECKING:
    from zhihu_crawler.parsers.result import Source


def record(problems: list[PageError] | None = None, **fields: Any) -> Record:
    return Record(fields, "user li-bai", [] if problems is None else problems)


def an_author(**fields: Any) -> Author | None:
    return read_author(record(**author(**fields)))


@pytest.fixture
def user(source: Source):
    def read(**fields: Any) -> User:
        return read_user(record(**author(**fields)), source)

    return read


def test_an_author_is_a_person_with_id_token_and_name():
    found = an_author(headline="诗人", gender=1, follower_count=0)
    assert found == Author(
        kind=AuthorKind.USER,
        id=USER_ID,
        url_token="li-bai",
        name="李白",
        headline="诗人",
        gender=Gender.MALE,
        follower_count=0,
    )


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, AuthorKind.USER),
        ({"is_org": True}, AuthorKind.ORGANIZATION),
        ({"user_type": "organization"}, AuthorKind.ORGANIZATION),
        ({"is_org": False, "user_type": "organization"}, AuthorKind.USER),
        ({"id": "0", "url_token": "", "name": "匿名用户"}, AuthorKind.ANONYMOUS),
        ({"id": 0, "url_token": "", "name": "匿名用户"}, AuthorKind.ANONYMOUS),
        ({"id": "0", "url_token": "", "name": "某人"}, AuthorKind.ANONYMOUS),
        ({"id": None, "url_token": None, "name": "匿名用户"}, AuthorKind.ANONYMOUS),
        ({"url_token": "", "name": "知乎用户"}, AuthorKind.DEACTIVATED),
        ({"id": "0", "url_token": "", "name": "知乎用户"}, AuthorKind.DEACTIVATED),
        ({"url_token": "", "name": "已注销"}, AuthorKind.DEACTIVATED),
        ({"url_token": "", "name": "已重置"}, AuthorKind.DEACTIVATED),
        ({"name": "知乎用户"}, AuthorKind.USER),
        ({"name": "匿名用户"}, AuthorKind.USER),
    ],
)
def test_anonymous_deactivated_and_named_are_told_apart(fields: dict[str, Any], kind: AuthorKind):
    found = an_author(**fields)
    assert found is not None
    assert found.kind is kind


def test_an_anonymous_author_has_no_identity():
    found = an_author(id="0", url_token="", name="匿名用户", gender=1, avatar_url="x", headline="x", follower_count=3)
    assert found == Author(kind=AuthorKind.ANONYMOUS, name="匿名用户")


def test_a_deactivated_author_keeps_at_most_the_id():
    found = an_author(url_token="", name="知乎用户", gender=1)
    assert found is not None
    assert (found.id, found.url_token, found.gender) == (USER_ID, None, None)


@pytest.mark.parametrize("raw", [{}, {"type": "people"}, {"id": None, "name": None, "url_token": None}])
def test_who_is_not_told_is_none(raw: dict[str, Any]):
    assert read_author(record(**raw)) is None
    assert read_author(None) is None


@pytest.mark.parametrize(
    ("value", "gender"),
    [(1, Gender.MALE), (0, Gender.FEMALE), (-1, Gender.UNKNOWN), (None, None)],
)
def test_a_gender_is_told_by_number(value: object, gender: Gender | None):
    assert read_gender(record(gender=value)) is gender


@pytest.mark.parametrize("value", [2, True, False, "1", "male", [], 1.0])
def test_any_other_gender_is_none_and_noted(value: object):
    problems: list[PageError] = []
    assert read_gender(record(problems, gender=value)) is None
    assert "gender" in str(problems[0])


def test_badges_are_read_with_their_topics():
    badge = {"type": "best_answerer", "description": "优秀答主", "topics": [{"id": "7", "name": "诗"}, {"id": "8"}]}
    assert read_badges(record(badge=[badge])) == (
        Badge(type="best_answerer", description="优秀答主", topics=(TopicRef(id="7", name="诗"),)),
    )


def test_badges_of_2026_are_told_elsewhere():
    detail = {"detail_badges": [{"type": "x", "detail_type": "identity_people", "description": "已认证"}]}
    [badge] = read_badges(record(badge=[], badge_v2=detail)) or ()
    assert (badge.type, badge.description) == ("identity", "已认证")


@pytest.mark.parametrize(("raw", "badges"), [({}, None), ({"badge": []}, ()), ({"badge": None}, None)])
def test_no_badge_is_not_the_same_as_none_seen(raw: dict[str, Any], badges: object):
    assert read_badges(record(**raw)) == badges


@pytest.mark.parametrize(
    ("text", "place"),
    [("IP 属地北京", "北京"), ("IP属地：上海", "上海"), ("吉林", "吉林"), ("", None), ("IP 属地", None)],
)
def test_a_place_is_told_without_its_prefix(text: str, place: str | None):
    assert read_ip_location(record(ip_info=text)) == place


def test_a_profile_is_found_by_its_token(user):
    found = user()
    assert (found.key, found.url, found.partial) == ("user:li-bai", "https://www.zhihu.com/people/li-bai", True)


def test_a_profile_without_a_token_is_found_by_its_id(user):
    found = user(url_token="")
    assert (found.key, found.url) == (f"user:{USER_ID}", f"https://www.zhihu.com/people/{USER_ID}")


@pytest.mark.parametrize(
    "nobody", [{"id": "0", "url_token": ""}, {"id": None, "url_token": None}, {"id": 0, "url_token": ""}]
)
def test_nobody_is_no_profile(user, nobody: dict[str, Any]):
    with pytest.raises(RecordError, match="not a profile"):
        user(**nobody)


def test_a_token_in_chinese_is_quoted_in_the_address(user):
    assert user(url_token="li bai/诗").url == "https://www.zhihu.com/people/li%20bai%2F%E8%AF%97"


def test_every_counter_of_a_profile_is_read_under_its_own_name(user):
    counters = [name for name in User.__dataclass_fields__ if name.endswith("_count")]
    found = user(**{name: number for number, name in enumerate(counters)})
    assert {name: getattr(found, name) for name in counters} == {name: number for number, name in enumerate(counters)}
    assert found.partial is False


def test_a_follower_count_has_two_names(user):
    assert user(followers_count=7).follower_count == 7


def test_jobs_schools_places_and_business_are_read(user):
    found = user(
        employments=[{"company": {"name": "翰林院"}, "job": {"name": "待诏"}}, {"company": {"name": ""}}],
        educations=[{"school": {"name": "大匡山"}}, {}],
        locations=[{"name": "长安"}],
        business={"name": "文化"},
    )
    assert found.employments == (Employment(company="翰林院", job="待诏"),)
    assert found.educations == (Education(school="大匡山"),)
    assert (found.locations, found.business) == (("长安",), "文化")


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"vip_info": {"is_vip": False}}, "is_vip", False),
        ({"vip_info": {"is_vip": True}}, "is_vip", True),
        ({}, "is_vip", None),
        ({"is_baned": True}, "is_banned", True),
        ({"is_org": True}, "is_organization", True),
        ({}, "is_organization", False),
        ({"user_type": None}, "is_organization", None),
        ({"badge": [{"type": "identity"}]}, "is_verified", True),
        ({"badge": []}, "is_verified", False),
        ({}, "is_verified", None),
        ({"account_status": [{"name": "hang", "value": 1}]}, "account_status", ("hang",)),
        ({"account_status": []}, "account_status", ()),
        ({"description": ""}, "description", ""),
        ({"sina_weibo_url": "http://weibo.com/u/1"}, "weibo_url", "http://weibo.com/u/1"),
    ],
)
def test_a_flag_of_a_profile_is_true_false_or_not_seen(user, fields: dict[str, Any], name: str, value: object):
    assert getattr(user(**fields), name) == value
