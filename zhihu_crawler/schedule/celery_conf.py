"""Settings of Celery, made out of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from zhihu_crawler.errors import BadSetting
from zhihu_crawler.frontier.connect import show

if TYPE_CHECKING:
    from zhihu_crawler.config import ScheduleConfig

TICK, PERFORM, WATCH = "schedule.tick", "schedule.perform", "schedule.watch"
QUEUE = "schedule"
_LONGEST_LOOP = 5.0
_WATCH_SECONDS = 30.0
_CONNECTIONS_A_TASK = 4
_CONNECTIONS = 100
_VISIBLE_SECONDS = 3600


def conf_of(config: ScheduleConfig, redis_url: str) -> dict[str, Any]:
    """Return Celery's settings.

    Raises:
        BadSetting: neither SCHEDULE_BROKER_URL nor REDIS_URL is an address that Celery can use.
    """
    url = broker_url(config.broker or redis_url)
    loop = min(config.tick, _LONGEST_LOOP)
    return {
        "broker_url": url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        **_connections(config.concurrency),
        "task_default_queue": QUEUE,
        "task_ignore_result": True,
        # a message that comes twice, or again after its worker died, does no harm: a run is begun once
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "worker_concurrency": config.concurrency,
        "beat_scheduler": "redbeat.RedBeatScheduler",
        "beat_max_loop_interval": loop,
        "beat_schedule": _beats(config.tick),
        "redbeat_redis_url": url,
        "redbeat_key_prefix": "celery:redbeat:",
        "redbeat_lock_timeout": 5 * loop,
    }


def _connections(concurrency: int) -> dict[str, Any]:
    """Allow more connections than tasks can want at once: at the limit redis-py refuses, and an answer is lost."""
    most = max(_CONNECTIONS, _CONNECTIONS_A_TASK * concurrency)
    options = {"max_connections": most, "global_keyprefix": "celery:", "visibility_timeout": _VISIBLE_SECONDS}
    return {
        "broker_pool_limit": most,
        "redis_max_connections": most,
        "broker_transport_options": {**options, "health_check_interval": 30, "socket_keepalive": True},
    }


def _beats(tick: float) -> dict[str, Any]:
    """What beat sends by itself; one that was not taken before the next is due is let go of."""
    watch = max(tick, _WATCH_SECONDS)
    return {
        name: {"task": task, "schedule": seconds, "options": {"queue": QUEUE, "expires": seconds}}
        for name, task, seconds in (("tick", TICK, tick), ("watch", WATCH, watch))
    }


def broker_url(url: str) -> str:
    """Return an address of ours as Celery writes it.

    Raises:
        BadSetting: Celery has no such form.
    """
    form, _, rest = url.partition("://")
    if form == "redis":
        return url
    if form == "rediss":
        asked = "" if "ssl_cert_reqs" in url else f"{'&' if '?' in url else '?'}ssl_cert_reqs=required"
        return f"{url}{asked}"
    if form == "unix":
        path, _, query = rest.partition("?")
        number = query.removeprefix("db=") if query.startswith("db=") else urlsplit(url).fragment or "0"
        return f"redis+socket://{path}?virtual_host={number}"
    if form in ("sentinel", "redis+socket", "amqp", "amqps"):
        return url
    raise BadSetting(
        f"Celery cannot keep its messages at {show(url)}: set SCHEDULE_BROKER_URL to redis://host:6379/1,"
        " or sentinel://host:26379"
    )
