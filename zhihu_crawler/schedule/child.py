"""``python -m zhihu_crawler.schedule.child export ...``: a Scrapy command that ends when its parent does.

A killed scheduler leaves no export behind that would stand in the way of the next try.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Ask the system for SIGTERM when the parent dies; where it does not offer that (other than Linux), do nothing."""
    parent = os.getppid()
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    end_with_parent()
    from scrapy.cmdline import execute

    sys.argv[0] = "scrapy"  # as it calls itself in its messages
    execute(sys.argv)
