"""Spider arguments: typed, bounded, and all faults told at once."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, cast, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from spiders._seeds import read_seeds_file
from zhihu_crawler.endpoints import Order, UserListing
from zhihu_crawler.errors import BadSeed
from zhihu_crawler.urls import Target, TargetKind, read_seed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_OF_A_CRAWL = frozenset({"ids", "tokens", "urls", "seeds_file", "max_items", "wait"})
_ANY_SEED = "1"
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
    wait: bool = Field(
        default=False, description="1: take seeds from Redis; so does a worker of a shared crawl that is given none."
    )

    @field_validator("ids", "tokens", "urls", check_fields=False)
    @classmethod
    def _seeds_are_sound(cls, texts: list[str]) -> list[str]:
        faults = []
        for text in texts:
            try:
                read_seed(text, cls.kind)
            except BadSeed as error:
                faults.append(str(error))
        if faults:
            raise ValueError("; ".join(faults))
        return texts

    @field_validator("seeds_file")
    @classmethod
    def _file_is_there(cls, path: str | None) -> str | None:
        if path is not None and path != "-" and not Path(path).is_file():
            raise ValueError("there is no such file: check the path")
        return path

    @model_validator(mode="after")
    def _arguments_fit(self) -> SeedArguments:
        if faults := self.misfits(self.model_dump()):
            raise ValueError("; ".join(faults))
        return self

    @classmethod
    def misfits(cls, given: Mapping[str, Any]) -> list[str]:
        """Say what is wrong with arguments taken together, as given or as read."""
        if cls.has_seeds(given) or given.get("wait"):
            return []
        return [f"nothing to crawl: give {cls._own_argument()}=, urls= or seeds_file="]

    @classmethod
    def has_seeds(cls, given: Mapping[str, Any]) -> bool:
        """Say whether arguments name something to crawl."""
        return any(split(given.get(name)) for name in (cls._own_argument(), "urls", "seeds_file"))

    @classmethod
    def _own_argument(cls) -> str:
        return "tokens" if cls.kind == "user" else "ids"

    def _texts(self) -> list[str]:
        return [*getattr(self, self._own_argument()), *self.urls]

    def targets(self) -> list[Target]:
        """Return the seeds that were given as arguments, each once."""
        return list(dict.fromkeys(read_seed(text, self.kind) for text in self._texts()))

    @classmethod
    def explain(cls, error: ValidationError, name: str, given: Mapping[str, Any]) -> str:
        """Say in words all that is wrong with the arguments given to the spider of that name, and how it is called."""
        lines = [f"{name}: the arguments cannot be used:"]
        lines.extend(f"  {where}={given.get(where)}: {what}" for where, what in cls.faults(error))
        lines.extend(f"  {fault}" for fault in cls.misfits(given))
        return "\n".join([*lines, "", cls.usage(name)])

    @classmethod
    def faults(cls, error: ValidationError) -> Iterator[tuple[str, str]]:
        """Give the arguments that were refused, and what is wrong with each."""
        for fault in error.errors():
            if fault["loc"]:
                where = str(fault["loc"][0])
                what = fault["msg"].removeprefix("Value error, ")
                if fault["type"] == "extra_forbidden":
                    near = get_close_matches(where, cls.model_fields, 1)
                    what = "no such argument" + (f"; did you mean {near[0]}?" if near else "")
                yield where, what

    @classmethod
    def seed_options(cls) -> list[str]:
        """Return the arguments that a single seed may bring along: all but those that name seeds or bound a crawl."""
        return [name for name in cls.model_fields if name not in _OF_A_CRAWL]

    @classmethod
    def read_options(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return arguments that a seed brings along as JSON holds them.

        Raises:
            ValidationError: some cannot be used; ``option_faults`` says it in words.
        """
        read = cls.model_validate({cls._own_argument(): [_ANY_SEED], **given}).model_dump(mode="json")
        return {name: read[name] for name in given}

    @classmethod
    def option_faults(cls, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Give what is wrong with arguments that a seed is to bring along; ``""`` is all of them together."""
        known = cls.seed_options()
        options = {name: value for name, value in given.items() if name not in _OF_A_CRAWL}
        for name in given.keys() - options.keys():
            yield name, f"is of a whole crawl; a seed may bring {', '.join(known)}"
        try:
            cls.read_options(options)
        except ValidationError as error:
            yield from cls.faults(error)
        yield from (("", fault) for fault in cls.misfits({cls._own_argument(): _ANY_SEED, **options}))

    @classmethod
    def read_brought(cls, given: object) -> dict[str, Any]:
        """Return arguments that came with a seed.

        Raises:
            BadSeed: they cannot be used, with all that is wrong.
        """
        if not isinstance(given, dict):
            raise BadSeed(f'arguments ({given!r:.200}) must be an object, such as {{"max_answers": 20}}')
        if faults := [f"{name}={given.get(name)!r:.100}: {what}" for name, what in cls.option_faults(given)]:
            raise BadSeed(f"arguments of a seed cannot be used: {'; '.join(faults)}")
        return cls.read_options(given)

    @classmethod
    def read_seeds(cls, texts: Iterable[str]) -> Iterator[Target | BadSeed]:
        """Read ids, tokens and addresses; a bad one is given as its error."""
        for text in texts:
            try:
                yield read_seed(text, cls.kind)
            except BadSeed as error:
                yield error

    @classmethod
    def read_words(cls, text: str) -> Iterator[Target | BadSeed]:
        """Read ids, tokens and addresses that are separated as on the command line; a bad one is given as its error."""
        return cls.read_seeds(str(word) for word in cast("list[str]", split(text)))

    @classmethod
    def read_file(cls, path: str) -> Iterator[Target | BadSeed]:
        """Read a seeds file; a bad line is given as its error.

        Raises:
            OSError: it cannot be read.
        """
        return read_seeds_file(path, cls.kind)

    @classmethod
    def usage(cls, name: str) -> str:
        """Tell how the spider of that name is called."""
        fields = sorted(cls.model_fields.items(), key=lambda field: field[0] not in ("ids", "tokens"))
        told = [f"  {key:<13} {field.description}" for key, field in fields]
        return "\n".join([f"Use: scrapy crawl {name} -a argument=value ...", "", *told])


class QuestionArguments(SeedArguments):
    """Arguments of the question spider."""

    kind = "question"
    ids: Words = Field(default=[], description="Question ids, separated by commas or spaces.")
    max_answers: int | None = Field(default=None, ge=0, description="Answers a question; 0 reads the question alone.")
    order: Order = Field(default="default", description="Order in which the site lists the answers.")
    follow: Annotated[list[Literal["authors"]], BeforeValidator(_choices)] = Field(
        default=[], description="authors: also the profile of everyone who answered."
    )


class AnswerArguments(SeedArguments):
    """Arguments of the answer spider."""

    kind = "answer"
    ids: Words = Field(default=[], description="Answer ids, separated by commas or spaces.")
    follow: Annotated[list[Literal["question", "author"]], BeforeValidator(_choices)] = Field(
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

    @classmethod
    def misfits(cls, given: Mapping[str, Any]) -> list[str]:
        """A depth needs a list of follows to go along."""
        faults = super().misfits(given)
        chosen = split(given.get("follow") or [])
        follows = isinstance(chosen, list) and not {"followees", "followers"}.isdisjoint(chosen)
        if given.get("depth") not in (None, 0, "0", "") and not follows:
            faults.append(f"depth={given['depth']} needs follow=followees, follow=followers or both to go along")
        return faults


class CollectionArguments(SeedArguments):
    """Arguments of the collection spider."""

    kind = "collection"
    ids: Words = Field(default=[], description="Collection ids, separated by commas or spaces.")
    max_entries: int | None = Field(default=None, ge=0, description="Entries a collection; 0 reads its head alone.")
