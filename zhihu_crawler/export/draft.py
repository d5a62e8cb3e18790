"""A draft: where an export grows until it is whole, and from where the same command goes on when it was stopped.

Beside the output ``answers.csv`` lies the folder ``answers.csv.part`` with what was written so far and ``state.json``,
which says how far that is known to be sound. It is replaced in one step after what it speaks of is on the disk, so a
process that is killed at any moment leaves a state that is true. The output gets its name by one rename at the end.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from zhihu_crawler.errors import ExportError
from zhihu_crawler.export.disk import sync_names

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

STATE, LOCK = "state.json", "lock"
MARK = ".zhihu-export.json"
"""Lies in a folder that an export made: such a folder may be replaced by another, any other folder may not."""


@dataclass(slots=True)
class State:
    """How far an export has come; plain values.

    ``asked`` is the command and ``begun`` its time, by which ages such as ``7d`` are meant however often it is stopped;
    ``place`` is where reading goes on, ``sink`` where writing does; ``written`` and ``left_out`` count by kind;
    ``result`` is what is whole in the draft and waits for its name only.
    """

    asked: dict[str, Any]
    begun: str
    place: dict[str, Any] = field(default_factory=dict)
    sink: dict[str, Any] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    damaged: int = 0
    result: str = ""


class Draft:
    """The draft of one output, locked while it is written."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self.folder = output.with_name(f"{output.name}.part")
        self._lock = -1

    def __enter__(self) -> Self:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.folder / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock)
            raise ExportError(f"another export is writing {self.output} at this moment") from error
        except OSError as error:
            raise ExportError(f"{self.folder} cannot be made: {error.strerror}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._lock)

    def begin(self, asked: dict[str, Any], begun: str, *, restart: bool = False) -> State:
        """Return where the same command was stopped, or a new state.

        Raises:
            ExportError: the draft is that of another command.
        """
        state = None if restart else self._load()
        if state is None or self._was_published(state):
            self._clear()
            state = State(asked, begun)
            self.save(state)
        elif state.asked != asked:
            raise ExportError(
                f"{self.folder} is the beginning of another export ({_difference(state.asked, asked)}): give that "
                "command again to go on with it, or add --restart to throw it away"
            )
        return state

    def _was_published(self, state: State) -> bool:
        """Say whether the process was killed between giving the output its name and removing the draft."""
        return bool(state.result) and not (self.folder / state.result).exists()

    def _load(self) -> State | None:
        try:
            told = json.loads((self.folder / STATE).read_bytes())
            return State(**told)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, OSError) as error:
            raise ExportError(f"{self.folder / STATE} cannot be read ({error}); add --restart to begin anew") from error

    def save(self, state: State) -> None:
        """Replace the state; what it speaks of has to be on the disk before."""
        told = {name: getattr(state, name) for name in State.__slots__}
        written = self.folder / f"{STATE}.new"
        with written.open("wb") as file:
            file.write(json.dumps(told, ensure_ascii=False).encode())
            file.flush()
            os.fsync(file.fileno())
        written.replace(self.folder / STATE)

    def _clear(self) -> None:
        if not (self.folder / STATE).exists() and any(path.name != LOCK for path in self.folder.iterdir()):
            raise ExportError(f"{self.folder} holds something else than a draft: move it away, or choose another name")
        for path in self.folder.iterdir():
            if path.name != LOCK:
                _remove(path)

    def publish(self, result: Path, state: State, *, overwrite: bool) -> None:
        """Give what is whole its name, and remove the rest of the draft.

        Raises:
            ExportError: something has come to lie under the name meanwhile.
        """
        check_free(self.output, overwrite=overwrite)
        state.result = str(result.relative_to(self.folder))
        self.save(state)
        if self.output.is_dir():  # a folder cannot be replaced in one step: for a moment there is none
            old = self.folder / "replaced"
            shutil.rmtree(old, ignore_errors=True)
            self.output.rename(old)
        result.replace(self.output)
        sync_names([self.output.parent])
        self.discard()

    def discard(self) -> None:
        """Remove the draft, its state last: a draft without one would be somebody else's folder."""
        for path in self.folder.iterdir():
            if path.name not in (STATE, LOCK):
                _remove(path)
        shutil.rmtree(self.folder, ignore_errors=True)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _difference(one: dict[str, Any], other: dict[str, Any]) -> str:
    names = [name for name in one if one[name] != other.get(name)]
    return ", ".join(f"{name} {one[name]!r:.60}" for name in names[:3]) or "made by another version"


def check_free(output: Path, *, overwrite: bool) -> None:
    """Make sure that an output may be written.

    Raises:
        ExportError: something is there that was not said to be overwritten, or that no export made.
    """
    if not output.is_symlink() and not output.exists():
        return
    if not overwrite:
        raise ExportError(f"{output} is there already: choose another name, or add --overwrite to replace it")
    if output.is_symlink() or not (output.is_file() or output.is_dir()):
        raise ExportError(f"{output} is neither a file nor a folder: choose another name")
    if output.is_dir() and any(output.iterdir()) and not (output / MARK).is_file():
        raise ExportError(f"{output} is a folder that no export made: choose another name, or empty it first")
