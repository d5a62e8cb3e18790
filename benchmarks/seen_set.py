"""What a URL that was seen takes of Redis: bytes and time, as the seen-set grows to ten million.

Stock scrapy-redis keeps 40 letters a URL in one set: it is measured at the first two sizes.
"""

from __future__ import annotations

import random
import sys
import time
from array import array
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._run import Goals, show
from tests.helpers.redis import running_redis
from zhihu_crawler.frontier.link import source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from redis import Redis

SIZES = (100_000, 1_000_000, 10_000_000)
BATCH = 5000


def main() -> int:
    """Measure, print, and say whether the goals were reached."""
    goals, rows = Goals(), []
    for name, contender, sizes in (("ours", ours, SIZES), ("stock", stock, SIZES[:2])):
        for size, each, spent, seconds in grow(contender, sizes):
            rows.append([name, f"{size:,}", f"{each:.1f}", f"{spent:.1f}", f"{seconds:.0f}"])
            print(f"{name}: {size:,} URLs in {seconds:.0f} s", flush=True)
            goals.facts[f"{name}, bytes a URL at {size:,}"] = round(each, 2)
            if name == "ours":
                goals.at_least(f"bytes a URL at {size:,}, 16 to ours", 16 / each, 1.0)
    show("Seen-set", ["kept by", "URLs", "bytes each", "Redis us each", "seconds"], rows)
    return goals.finish()


def grow(
    contender: Callable[[Redis], Callable[[], object]], sizes: tuple[int, ...]
) -> Iterator[tuple[int, float, float, float]]:
    """Put in ever more; gives the size, bytes a URL, the CPU microseconds that the last ones took each, and seconds."""
    total = 0
    with running_redis() as redis, redis.client as client:
        put, before = contender(client), client.info("memory")["used_memory"]
        for size in sizes:
            begun, spent, more = time.perf_counter(), client.info("cpu")["used_cpu_user"], size - total
            while total < size:
                put()
                total += BATCH
            spent = client.info("cpu")["used_cpu_user"] - spent
            each = (client.info("memory")["used_memory"] - before) / size
            yield size, each, spent / more * 1e6, time.perf_counter() - begun


def ours(client: Redis) -> Callable[[], object]:
    """Put marks in as an exchange does."""
    dice = random.Random(1)
    script = client.register_script(
        source("alive").rpartition("-- Says of workers")[0]
        + "local sets = open_seen('s', 0, 0) for place = 2, #ARGV do see(sets, ARGV[place]) end save(sets[1]) return 1"
    )
    return lambda: script(keys=["s"], args=["{s}:", *array("q", dice.randbytes(8 * BATCH))])


def stock(client: Redis) -> Callable[[], object]:
    """Put fingerprints in, as scrapy-redis writes them."""
    dice = random.Random(1)
    return lambda: client.sadd("s", *(dice.randbytes(20).hex() for _ in range(BATCH)))


if __name__ == "__main__":
    sys.exit(main())
