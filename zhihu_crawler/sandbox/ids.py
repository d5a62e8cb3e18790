"""What an id says: how much a question holds, how its listing misbehaves, whose an answer is.

Nothing is kept in memory; whatever is asked for is told from its id. ``docs/sandbox.md`` has the same as tables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from hashlib import blake2b

SIZES: tuple[int, ...] = (0, 1, 3, 12, 120, 1_000, 20_000, 200_000, 1_000_000)
"""Answers of a question, or articles of a column, by the size digit; 9 is a few (2 to 40), drawn from the seed."""
COLLECTION_SIZES: tuple[int, ...] = (0, 1, 3, 12, 60, 1_000, 20_000, 200_000, 1_000_000)
"""Entries of a collection by its size digit; 9 as above."""
DRAWN = 9


class Quirk(IntEnum):
    """How a listing misbehaves: two digits of its id, or of a user's token."""

    NONE = 0
    TOTALS_TOO_LARGE = 1
    TOTALS_TOO_SMALL = 2
    NEXT_REPEATS = 3
    NEXT_IS_HTTP = 4
    NEXT_ON_API_HOST = 5
    NEXT_ON_INNER_HOST = 6
    NEXT_IS_ESCAPED = 7
    NEXT_WITHOUT_API = 8
    NEXT_ON_FOREIGN_HOST = 9
    NEVER_ENDS = 10
    WANTS_LOGIN = 11
    REPEATS_AN_ENTRY = 12
    NO_NEXT = 13
    EMPTY_IN_SPITE_OF_TOTALS = 14
    ENDS_EARLY = 15
    NO_STATE = 16
    LIMIT_IS_IGNORED = 17
    CEILING = 18


_QUIRKS = frozenset(Quirk)
PROFILES = ("n", "e", "t", "k", "m", "org", "gone", "q")
"""Kinds of users: normal, empty, tabs, a thousand and more, a million followers, organisation, gone, quirky."""
USER_LISTS = ("answers", "questions", "articles", "favlists", "followees", "followers", "pins")
PROFILE_SIZES: dict[str, tuple[int, ...]] = {
    "e": (0, 0, 0, 0, 0, 0, 0),
    "t": (45, 23, 31, 7, 60, 60, 12),
    "k": (20_000, 300, 5_000, 100, 3_000, 20_000, 200),
    "m": (120, 3, 12, 3, 60, 1_000_000, 3),
    "org": (45, 0, 60, 3, 12, 120, 60),
    "q": (60, 60, 60, 60, 60, 60, 60),
}
_TOKEN = re.compile(r"shili-(?:(?P<profile>n|e|t|k|m|org|gone)|q(?P<quirk>\d\d))-(?P<number>\d{1,7})")
_COLUMN = re.compile(r"shilizl-(?P<size>\d|x)-(?P<number>\d{1,5})")
_PLAN = re.compile(r"(?P<front>\d{11})?(?P<mark>[23])(?P<size>\d)(?P<quirk>\d\d)(?P<serial>\d{4})")
_LONG_FRONT = "19000000000"


@dataclass(frozen=True, slots=True)
class UserId:
    """``shili-n-17``: one of ten million users of each profile."""

    profile: str
    number: int

    @property
    def token(self) -> str:
        """The name in addresses."""
        if self.profile == "q":
            return f"shili-q{self.quirk:02d}-{self.number % 100_000}"
        return f"shili-{self.profile}-{self.number}"

    @property
    def quirk(self) -> Quirk:
        """How this user's listings misbehave."""
        return Quirk(self.number // 100_000) if self.profile == "q" else Quirk.NONE

    @property
    def code(self) -> str:
        """Eight digits, of which ids of what belongs to the user are made."""
        return f"{PROFILES.index(self.profile)}{self.number:07d}"

    @classmethod
    def of_code(cls, code: str) -> UserId | None:
        """Read ``code`` again."""
        profile, number = int(code[0]), int(code[1:])
        if profile >= len(PROFILES) or (PROFILES[profile] == "q" and number // 100_000 not in _QUIRKS):
            return None
        return cls(PROFILES[profile], number)

    @property
    def hex(self) -> str:
        """The 32 digits that stand for the user in objects; they can be read back."""
        payload = int(self.code).to_bytes(8, "big")
        check = blake2b(payload, digest_size=8).digest()
        return (check + _xor(payload, blake2b(check, digest_size=8).digest())).hex()


@dataclass(frozen=True, slots=True)
class QuestionId:
    """``2SQQNNNN``, or the same behind eleven digits: size, quirk, serial; and whose it is, where the front says so."""

    front: str
    size: int
    quirk: Quirk
    serial: int

    @property
    def text(self) -> str:
        """The id as the site writes it: 8 or 19 digits."""
        return f"{self.front}2{self.size}{self.quirk:02d}{self.serial:04d}"

    @property
    def asker(self) -> UserId | None:
        """The user in whose list of questions it stands, where it stands in one."""
        return UserId.of_code(self.front[2:10]) if self.front.startswith("17") else None


@dataclass(frozen=True, slots=True)
class AnswerId:
    """Either an answer's place below its question, or its place in a user's list."""

    question: QuestionId | None
    owner: UserId | None
    index: int

    @property
    def text(self) -> str:
        """The id as the site writes it: 8 or 19 digits."""
        if self.question is None:
            assert self.owner
            return f"2{self.owner.code}{self.index:06d}0000"
        question = self.question
        if question.front.startswith("17"):
            return f"3{question.front[2:10]}{question.serial:04d}{self.index:06d}"
        if self._is_short(question):
            return f"7{question.size}{question.serial:03d}{self.index:03d}"
        plan = f"{question.size}{question.quirk:02d}{question.serial:04d}"
        return f"1{9 if question.front else 0}{plan}000{self.index:07d}"

    def _is_short(self, question: QuestionId) -> bool:
        fits = question.serial < 1000 and self.index < 1000 and question.size <= 5
        return not question.front and question.quirk == 0 and fits and self.index % 3 == 0


def read_user(name: str) -> UserId | None:
    """Read a token or a 32-digit id; ``None`` where it is neither."""
    if found := _TOKEN.fullmatch(name):
        quirk = found["quirk"]
        if quirk is None:
            return UserId(found["profile"], int(found["number"]))
        if int(quirk) in _QUIRKS and int(found["number"]) < 100_000:
            return UserId("q", int(quirk) * 100_000 + int(found["number"]))
    return _read_hex(name) if re.fullmatch(r"[0-9a-f]{32}", name) else None


def _read_hex(name: str) -> UserId | None:
    raw = bytes.fromhex(name)
    payload = _xor(raw[8:], blake2b(raw[:8], digest_size=8).digest())
    code = f"{int.from_bytes(payload, 'big'):08d}"
    user = UserId.of_code(code) if len(code) == 8 else None
    return user if user and user.hex == name else None


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def read_question(text: str) -> QuestionId | None:
    """Read a question's id; ``None`` where there is no such question (or no more: ``3SQQNNNN``)."""
    found = _PLAN.fullmatch(text)
    if found is None or found["mark"] == "3" or int(found["quirk"]) not in _QUIRKS:
        return None
    front = found["front"] or ""
    if front and front != _LONG_FRONT and not (front.startswith("17") and UserId.of_code(front[2:10])):
        return None
    return QuestionId(front, int(found["size"]), Quirk(int(found["quirk"])), int(found["serial"]))


def question_id(size: int, serial: int, *, quirk: Quirk = Quirk.NONE, long: bool = False) -> QuestionId:
    """Make a question's id."""
    return QuestionId(_LONG_FRONT if long else "", size, quirk, serial)


def asked_by(user: UserId, place: int) -> QuestionId:
    """Return the question at a place of a user's list."""
    return QuestionId(f"17{user.code}0", DRAWN, Quirk.NONE, place)


def read_answer(text: str) -> AnswerId | None:
    """Read an answer's id; ``None`` where it is not one."""
    if not text.isascii() or not text.isdigit() or len(text) not in (8, 19):
        return None
    answer = _read_short(text) if len(text) == 8 else _read_long(text)
    return answer if answer and answer.text == text else None


def _read_short(text: str) -> AnswerId | None:
    return AnswerId(question_id(int(text[1]), int(text[2:5])), None, int(text[5:]))


def _read_long(text: str) -> AnswerId | None:
    user = UserId.of_code(text[1:9])
    if text[0] == "2" and user:
        return AnswerId(None, user, int(text[9:15]))
    if text[0] == "3" and user:
        return AnswerId(asked_by(user, int(text[9:13])), None, int(text[13:]))
    question = read_question(("19000000000" if text[1] == "9" else "") + "2" + text[2:9])
    return AnswerId(question, None, int(text[12:])) if text[0] == "1" and question else None


def read_column(slug: str) -> tuple[int, int] | None:
    """Read a column's slug: its size digit and number; ``None`` where it is gone or not one."""
    found = _COLUMN.fullmatch(slug)
    return (int(found["size"]), int(found["number"])) if found and found["size"] != "x" else None
