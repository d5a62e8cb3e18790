"""The frontier in plain Python: what the scripts must do, in as few words as it can be said."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

PLACES = 2**33


@dataclass
class Entry:
    score: int
    begun: int
    payload: bytes


@dataclass
class Model:
    lease: int
    attempts: int
    now: int = 1_000_000
    seq: int = 0
    done: int = 0
    queue: dict[str, Entry] = field(default_factory=dict)
    leases: dict[str, dict[str, Entry]] = field(default_factory=dict)
    expiry: dict[str, int] = field(default_factory=dict)
    dead: dict[str, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    ledgers: dict[str, set[str]] = field(default_factory=dict)

    def join(self, worker):
        self.expiry[worker] = self.now + self.lease
        self.leases[worker] = {}

    def leave(self, worker):
        self.queue |= self.leases.pop(worker)
        del self.expiry[worker]

    def heartbeat(self, worker):
        """False: the worker was given up."""
        if worker not in self.expiry:
            return False
        if self.expiry[worker] < self.now:  # nobody was served in time
            self.expiry = {other: max(until, self.now + self.lease) for other, until in self.expiry.items()}
        self.expiry[worker] = self.now + self.lease
        gone = [other for other, until in self.expiry.items() if until <= self.now]
        if gone:
            self.give_up(min(gone, key=lambda other: (self.expiry[other], other)))
        return True

    def give_up(self, worker):
        for id_, entry in self.leases.pop(worker).items():
            begun = entry.begun + 1
            if begun >= self.attempts:
                self.dead[id_] = entry.payload
            else:
                self.queue[id_] = Entry(entry.score, begun, entry.payload)
        del self.expiry[worker]

    def push(self, how, mark, priority, payload):
        """True: it was a duplicate."""
        if how != "again":
            was_seen = mark in self.seen
            self.seen.add(mark)
            if was_seen and how != "seed":
                return True
        self.seq += 1
        self.queue[str(self.seq)] = Entry(-priority * PLACES + self.seq, 0, payload)
        return False

    def finish(self, worker, id_, verdict, children, notes):
        """Returns how many duplicates, ``None`` where the page was another's by then."""
        entry = self.leases[worker].pop(id_, None)
        if entry is None:
            return None
        duplicates = 0
        if verdict in ("ok", "dead"):
            duplicates = sum(self.push(*child) for child in children)
            for ledger, mark in notes:
                if mark:
                    self.ledgers.setdefault(ledger, set()).add(mark)
                else:
                    self.ledgers.pop(ledger, None)
        if verdict == "ok":
            self.done += 1
        elif verdict == "back":
            self.queue[id_] = entry
        elif verdict == "again" and entry.begun + 1 < self.attempts:
            self.seq += 1
            self.queue[id_] = Entry(
                math.floor(entry.score / PLACES) * PLACES + self.seq, entry.begun + 1, entry.payload
            )
        else:
            self.dead[id_] = entry.payload
        return duplicates

    def take(self, worker, wanted):
        share = math.ceil(len(self.queue) / len(self.expiry))
        ids = sorted(self.queue, key=lambda id_: self.queue[id_].score)[: min(wanted, share)]
        for id_ in ids:
            self.leases[worker][id_] = self.queue.pop(id_)
        return [(id_, self.leases[worker][id_].begun, self.leases[worker][id_].payload) for id_ in ids]

    def revive(self, ids):
        for id_ in ids:
            if id_ in self.dead:
                self.seq += 1
                self.queue[str(self.seq)] = Entry(self.dead_scores.pop(id_) + self.seq, 0, self.dead.pop(id_))
