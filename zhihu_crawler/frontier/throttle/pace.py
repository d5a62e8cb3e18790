"""What is done about a refusal, and about its absence: a budget as it was found in, the change to be written out.

The rate is halved by a refusal and climbs back by small equal steps while replies are good (additive increase,
multiplicative decrease), up to just below the rate at which it was last refused; from there on in steps of a quarter,
so that the site's limit is felt for and not run into. Refusals in a row double the pause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhihu_crawler.frontier.throttle.record import END, Change

if TYPE_CHECKING:
    from zhihu_crawler.config import ThrottleConfig
    from zhihu_crawler.frontier.throttle.record import Reading, Terms

CUT = 0.5
KNEE = 0.9
"""Part of the rate at which the site refused up to which the rate climbs as fast as anywhere."""
ABOVE_KNEE = 0.25
STEPS = 60
"""Steps from the least rate to the full one."""
FORGIVEN = 10
"""Good replies after which the next refusal is no repetition."""
_MOST_DOUBLINGS = 30


def slower(found: Reading, terms: Terms, reason: str, pause: float = 0.0) -> Change:
    """Halve the rate, and pause if the site names a time."""
    return Change(_cut(found, terms), KNEE * found.effective, found.strikes, reason, pause)


def braked(
    found: Reading, terms: Terms, config: ThrottleConfig, reason: str, retry_after: float | None = None
) -> Change:
    """Halve the rate and pause: as long as the site asks, at a repetition as long as the doubled cool-down at least."""
    strikes = found.strikes + 1
    pause = config.cooldown * 2 ** min(strikes - 1, _MOST_DOUBLINGS)
    if retry_after is not None:
        pause = retry_after if strikes == 1 else max(pause, retry_after)
    return Change(_cut(found, terms), KNEE * found.effective, strikes, reason, min(pause, config.cooldown_max))


def _cut(found: Reading, terms: Terms) -> float:
    return max(found.effective * CUT, min(terms.rate_min, terms.rate))


def longer(found: Reading, retry_after: float | None) -> Change | None:
    """Lengthen a pause for which a reply from before it asks more time; the rate stays, and nothing is counted."""
    if retry_after is None or retry_after <= found.paused:
        return None
    return Change(found.rate, found.knee, found.strikes, found.reason, retry_after, is_cut=False)


def resumed(found: Reading) -> Change:
    """End a pause, on purpose; the rate stays, and climbs as it would have."""
    return Change(found.rate, found.knee, 0, found.reason, END, is_cut=False)


def relaxed(found: Reading, terms: Terms, config: ThrottleConfig, good: int) -> Change | None:
    """Climb a step, and forgive, where the time and so many good replies allow; ``None`` where they do not.

    ``good`` are the good replies that all workers had since the last cut.
    """
    if good < 1 or found.paused > 0:
        return None
    strikes = 0 if good >= FORGIVEN else found.strikes
    rate = found.rate
    if rate < terms.rate and found.quiet >= config.recovery / STEPS:
        step = (terms.rate - terms.rate_min) / STEPS
        rate = min(rate + (step if rate + step <= found.knee or not found.knee else step * ABOVE_KNEE), terms.rate)
    if (rate, strikes) == (found.rate, found.strikes):
        return None
    return Change(rate, 0.0 if rate == terms.rate else found.knee, strikes, found.reason, is_cut=False)
