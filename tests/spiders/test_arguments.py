from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from spiders._arguments import (
    AnswerArguments,
    CollectionArguments,
    QuestionArguments,
    SeedArguments,
    UserArguments,
)
from zhihu_crawler.urls import Target

if TYPE_CHECKING:
    from pathlib import Path

MODELS = [QuestionArguments, AnswerArguments, UserArguments, CollectionArguments]


def refusal(model: type[SeedArguments], **values: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        model(**values)
    return model.explain(caught.value, model.kind, values)


@pytest.mark.parametrize("text", ["1,2", "1, 2", "1 2", "1;2", "1；2", "1，2", " 1\n2 ", ",1,,2,"], ids=repr)
def test_ids_are_split_at_commas_semicolons_and_white_space(text: str):
    assert QuestionArguments(ids=text).targets() == [Target("question", "1"), Target("question", "2")]


def test_a_seed_given_twice_is_one():
    arguments = QuestionArguments(ids="1,1", urls="https://www.zhihu.com/question/1 www.zhihu.com/question/2")
    assert [target.id for target in arguments.targets()] == ["1", "2"]


@pytest.mark.parametrize("model", MODELS)
def test_without_seeds_every_spider_says_how_to_give_them(model: type[SeedArguments]):
    told = refusal(model)
    own = "tokens" if model is UserArguments else "ids"
    assert f"nothing to crawl: give {own}=, urls= or seeds_file=" in told
    assert f"Use: scrapy crawl {model.kind} -a argument=value" in told


@pytest.mark.parametrize("model", MODELS)
def test_an_unknown_argument_is_refused_by_name(model: type[SeedArguments]):
    told = refusal(model, max_itms="3")
    assert "  max_itms=3: no such argument; did you mean max_items?" in told
    assert "nothing to crawl" in told


@pytest.mark.parametrize("model", MODELS)
def test_the_usage_names_every_argument(model: type[SeedArguments]):
    told = model.usage(model.kind)
    assert all(f"  {name} " in told for name in model.model_fields)


@pytest.mark.parametrize("nothing", ["", ",", " , "])
def test_separators_alone_are_no_seeds(nothing: str):
    assert "nothing to crawl" in refusal(QuestionArguments, ids=nothing)


def test_every_bad_seed_among_many_is_named():
    told = refusal(QuestionArguments, ids="1,x,2,https://zhihu.com.evil.com/question/3")
    assert "'x' is no question" in told
    assert "'https://zhihu.com.evil.com/question/3'" in told
    assert "'1' is" not in told


def test_faults_of_several_arguments_are_told_at_once():
    told = refusal(QuestionArguments, ids="1", max_answers="-1", order="best", follow="everyone", max_items="0")
    assert all(f"  {name}=" in told for name in ("max_answers", "order", "follow", "max_items"))


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (QuestionArguments, {"ids": "1", "max_answers": "many"}),
        (QuestionArguments, {"ids": "1", "max_answers": "1.5"}),
        (QuestionArguments, {"ids": "1", "max_answers": "nan"}),
        (QuestionArguments, {"ids": "1", "max_items": "-1"}),
        (QuestionArguments, {"ids": "１２３"}),
        (QuestionArguments, {"ids": "imike"}),
        (QuestionArguments, {"ids": "1", "follow": "author"}),
        (AnswerArguments, {"ids": "1", "follow": "question,authors"}),
        (AnswerArguments, {"urls": "https://www.zhihu.com/question/1"}),
        (UserArguments, {"tokens": "李白"}),
        (UserArguments, {"tokens": "imike", "follow": "enemies"}),
        (UserArguments, {"tokens": "imike", "follow": "followers", "depth": "11"}),
        (UserArguments, {"tokens": "imike", "follow": "answers", "depth": "1"}),
        (UserArguments, {"tokens": "imike", "max_per_list": "0"}),
        (CollectionArguments, {"ids": "1", "max_entries": "-1"}),
        (CollectionArguments, {"urls": "https://www.zhihu.com/people/imike"}),
        (QuestionArguments, {"seeds_file": "/no/such/file"}),
    ],
)
def test_what_is_out_of_range_is_refused(model: type[SeedArguments], values: dict[str, str]):
    with pytest.raises(ValidationError):
        model(**values)


def test_lists_to_follow_are_kept_in_order_and_once():
    arguments = UserArguments(tokens="imike", follow="followers,answers,followers", depth="2")
    assert (arguments.follow, arguments.depth) == (["followers", "answers"], 2)


def test_a_seeds_file_alone_is_enough(tmp_path: Path):
    path = tmp_path / "seeds"
    path.touch()
    assert QuestionArguments(seeds_file=str(path)).targets() == []
    assert QuestionArguments(seeds_file="-").targets() == []


def test_zero_answers_is_a_wish_and_not_the_lack_of_one():
    assert QuestionArguments(ids="1", max_answers="0").max_answers == 0
    assert QuestionArguments(ids="1").max_answers is None
