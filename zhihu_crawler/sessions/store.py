"""Sessions on disk: a file each, readable by its owner alone, that several crawls may use at once."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from zhihu_crawler.config.sessions import check_name
from zhihu_crawler.errors import BadSession, BadSetting
from zhihu_crawler.sessions.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_FILE, _FOLDER = 0o600, 0o700


class SessionStore:
    """A folder of sessions, made when the first one is kept.

    Args:
        directory: mode 0700; each session is ``NAME.json``, mode 0600. What others may read is refused.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def names(self) -> list[str]:
        """Return the names of all sessions, sorted.

        Raises:
            BadSession: others may look into the folder.
        """
        if not self.directory.exists():
            return []
        self._check(self.directory, self.directory.stat().st_mode, _FOLDER)
        return sorted(path.stem for path in self.directory.glob("*.json") if not path.name.startswith("."))

    def load(self, name: str) -> Session:
        """Read a session.

        Raises:
            BadSession: there is none of that name, others may read it, or it is damaged.
        """
        path = self._path(name)
        try:
            with path.open("rb") as file:
                self._check(path, os.fstat(file.fileno()).st_mode, _FILE)
                raw = file.read()
        except FileNotFoundError:
            raise BadSession(f"there is no session {name!r} in {self.directory}: `scrapy login` makes one") from None
        except OSError as error:
            raise BadSession(f"{path} cannot be read: {error.strerror}") from error
        try:
            session = Session.load(json.loads(raw))
        except (
            KeyError,
            TypeError,
            ValueError,
            AttributeError,
        ) as error:  # the cause may quote secrets: it is not chained
            raise BadSession(
                f"{path} is damaged ({type(error).__name__}); `scrapy login --name {name}` writes it anew"
            ) from None
        if session.name != name:
            raise BadSession(f"{path} holds session {session.name!r}: a file is called as its session is")
        return session

    def load_all(self) -> tuple[list[Session], list[BadSession]]:
        """Read all sessions; one that cannot be used costs no other.

        Raises:
            BadSession: others may look into the folder.
        """
        sessions, problems = [], []
        for name in self.names():
            try:
                sessions.append(self.load(name))
            except BadSession as problem:
                problems.append(problem)
        return sessions, problems

    def save(self, session: Session) -> None:
        """Write a session whole, in place of an older one of its name.

        Raises:
            BadSession: the folder is not for its owner alone, or cannot be written.
        """
        with self._locked():
            self._write(session)

    def update(self, name: str, change: Callable[[Session], Session]) -> Session:
        """Change a session as it is on disk now, and return it; nobody else changes it meanwhile.

        Raises:
            BadSession: as ``load`` and ``save``.
        """
        with self._locked():
            changed = change(self.load(name))
            self._write(changed)
        return changed

    def remove(self, name: str) -> None:
        """Forget a session.

        Raises:
            BadSession: there is none of that name.
        """
        with self._locked():
            try:
                self._path(name).unlink()
            except FileNotFoundError:
                raise BadSession(f"there is no session {name!r} in {self.directory}") from None

    def stamp(self, name: str) -> int:
        """Return what changes whenever a session's file does; 0 without one."""
        try:
            found = self._path(name).stat()
        except OSError:
            return 0
        return found.st_mtime_ns ^ found.st_ino

    def _path(self, name: str) -> Path:
        try:
            return self.directory / f"{check_name(name)}.json"
        except BadSetting as error:
            raise BadSession(str(error)) from error

    def _check(self, path: Path, mode: int, wanted: int) -> None:
        if mode & _OTHERS:
            raise BadSession(
                f"{path} may be read by others (mode {stat.S_IMODE(mode):04o}); cookies are as good as a password, so "
                f"it is not used. Make it yours alone: chmod {wanted:o} '{path}'; "
                "if others use this machine, log out and in anew"
            )

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the folder's lock: a process that dies lets go of it."""
        try:
            self.directory.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
            self._check(self.directory, self.directory.stat().st_mode, _FOLDER)
            lock = os.open(self.directory / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _FILE)
        except OSError as error:
            raise BadSession(f"{self.directory} cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _write(self, session: Session) -> None:
        """Write beside, then rename: a reader sees the old session or the new one, whatever ends this process."""
        path = self._path(session.name)
        try:
            for left in self.directory.glob(".*.tmp"):  # of a process that died; whoever writes holds the lock
                left.unlink(missing_ok=True)
            draft, name = tempfile.mkstemp(prefix=f".{session.name}.", suffix=".tmp", dir=self.directory)
            try:
                with os.fdopen(draft, "w", encoding="utf-8") as file:
                    json.dump(session.dump(), file, ensure_ascii=False, indent=1)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise BadSession(f"{path} cannot be written: {error.strerror}") from error
