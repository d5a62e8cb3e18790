"""Spider arguments: typed, bounded, and all faults told at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from zhihu_crawler.endpoints import Order, UserListing
from zhihu_crawler.errors import BadSeed
from zhihu_crawler.urls import Target, TargetKind, read_seed

_SEPARATORS = re.compile(r"[\s,，;；]+")


def split(value: object) -> object:
    """Split what the command line gives as one text: by commas, semicolons or white space."""
    return [part for part in _SEPARATORS.split(value) if part] if isinstance(value, str) else value


def _choices(value: object) -> object:
    chosen = split(value)
    return list(dict.fromkeys(chosen)) if isinstance(chosen, list) else chosen


Words = Annotated[list[str], BeforeValidator(split)]


class SeedArguments(BaseModel):
    """What every spider takes: its seeds, and how much is enough."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: ClassVar[TargetKind]

    urls: Words = Field(default=[], description="Addresses on zhihu.com, separated by commas or spaces.")
    seeds_file: str | None = Field(
        default=None,
        description="File with one id, token or address a line; # starts a comment; .gz is read; - is standard input.",
    )
    max_items: int | None = Field(default=None, ge=1, description="Stop after this many items.")

    @model_validator(mode="after")
    def _seeds_are_there_and_sound(self) -> SeedArguments:
        texts = self._texts()
        if not texts and self.seeds_file is None:
            raise ValueError(f"nothing to crawl: give {self._own_argument()}=, urls= or seeds_file=")
        if self.seeds_file not in (None, "-") and not Path(self.seeds_file or "").is_file():
            raise ValueError(f"seeds_file={self.seeds_file!r} is no file: check the path")
        faults = []
        for text in texts:
            try:
                read_seed(text, self.kind)
            except BadSeed as error:
                faults.append(str(error))
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @classmethod
    def _own_argument(cls) -> str:
        return "tokens" if cls.kind == "user" else "ids"

    def _texts(self) -> list[str]:
        return [*getattr(self, self._own_argument()), *self.urls]

    def targets(self) -> list[Target]:
        """Return the seeds that were given as arguments, each once."""
        return list(dict.fromkeys(read_seed(text, self.kind) for text in self._texts()))


class QuestionArguments(SeedArguments):
    """Arguments of the question spider."""

    kind = "question"
    ids: Words = Field(default=[], description="Question ids, separated by commas or spaces.")
    max_answers: int | None = Field(default=None, ge=0, description="Answers a question; 0 reads the question alone.")
    order: Order = Field(default="default", description="Order in which the site lists the answers.")
    follow: Annotated[list[Annotated[str, Field(pattern="^authors$")]], BeforeValidator(_choices)] = Field(
        default=[], description="authors: also the profile of everyone who answered."
    )


class AnswerArguments(SeedArguments):
    """Arguments of the answer spider."""

    kind = "answer"
    ids: Words = Field(default=[], description="Answer ids, separated by commas or spaces.")
    follow: Annotated[list[Annotated[str, Field(pattern="^(question|author)$")]], BeforeValidator(_choices)] = Field(
        default=[], description="question, author: also the answer's question, its author."
    )


class UserArguments(SeedArguments):
    """Arguments of the user spider."""

    kind = "user"
    tokens: Words = Field(default=[], description="The names in profile addresses, separated by commas or spaces.")
    follow: Annotated[list[UserListing], BeforeValidator(_choices)] = Field(
        default=[], description=f"Lists to read: {', '.join(get_args(UserListing))}."
    )
    depth: int = Field(
        default=0,
        ge=0,
        le=10,
        description="How many steps of the follow graph to go: profiles of followees and followers, as in follow.",
    )
    max_per_list: int | None = Field(default=None, ge=1, description="Records of each list.")

    @model_validator(mode="after")
    def _depth_has_a_way(self) -> UserArguments:
        if self.depth and not {"followees", "followers"} & set(self.follow):
            raise ValueError(f"depth={self.depth} needs follow=followees, follow=followers or both to go along")
        return self


class CollectionArguments(SeedArguments):
    """Arguments of the collection spider."""

    kind = "collection"
    ids: Words = Field(default=[], description="Collection ids, separated by commas or spaces.")
    max_entries: int | None = Field(default=None, ge=0, description="Entries a collection; 0 reads its head alone.")


def explain(error: Any, name: str, model: type[SeedArguments]) -> str:
    """Say in words what is wrong with a spider's arguments, all of it, and how it is called.

    Args:
        error: pydantic's ``ValidationError``.
        name: the spider.
        model: its arguments.
    """
    lines = [f"{name}: the arguments cannot be used:"]
    for fault in error.errors():
        where = ".".join(str(part) for part in fault["loc"][:1])
        what = "no such argument" if fault["type"] == "extra_forbidden" else fault["msg"].removeprefix("Value error, ")
        lines.append(f"  {where}={fault['input']!r}: {what}" if where else f"  {what}")
    return "\n".join([*lines, "", usage(name, model)])


def usage(name: str, model: type[SeedArguments]) -> str:
    """Tell how a spider is called."""
    lines = [f"Use: scrapy crawl {name} -a argument=value ...", ""]
    fields = sorted(model.model_fields.items(), key=lambda field: field[0] not in ("ids", "tokens"))
    return "\n".join([*lines, *(f"  {key:<13} {field.description}" for key, field in fields)])
