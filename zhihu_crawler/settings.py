"""Every Scrapy setting of this project, each with its reason. The only module that reads the environment.

``-s NAME=VALUE`` on the command line wins over everything here.
"""

from __future__ import annotations

import os

from zhihu_crawler import __version__

BOT_NAME = "zhihu_crawler"
SPIDER_MODULES = ["spiders"]
COMMANDS_MODULE = "zhihu_crawler.commands.names"

# Manners: one site is being read. Who we are is said, robots.txt is asked, one request goes out at a time. How often
# is the throttle's business (docs/politeness.md): all processes share one rate, and what is left empty here depends on
# whether the origin is this machine. DOWNLOAD_DELAY and AutoThrottle know of one process only; they may be switched on
# to slow that one down further.
USER_AGENT = os.environ.get("ZHIHU_USER_AGENT", f"zhihu_crawler/{__version__} (Scrapy)")
ROBOTSTXT_OBEY = True
CONCURRENT_REQUESTS_PER_DOMAIN = 1
CONCURRENT_ITEMS = 40  # Scrapy makes so many tasks, 100, for every reply, and a list's has 20 things
DOWNLOAD_DELAY = 0
AUTOTHROTTLE_ENABLED = False
ZHIHU_RATE = os.environ.get("ZHIHU_RATE", "")
ZHIHU_RATE_SESSION = os.environ.get("ZHIHU_RATE_SESSION", "")
ZHIHU_RATE_MIN = os.environ.get("ZHIHU_RATE_MIN", "")
ZHIHU_RATE_RECOVERY = os.environ.get("ZHIHU_RATE_RECOVERY", "")
ZHIHU_BURST = os.environ.get("ZHIHU_BURST", "")
ZHIHU_CONCURRENCY = os.environ.get("ZHIHU_CONCURRENCY", "")
ZHIHU_COOLDOWN = os.environ.get("ZHIHU_COOLDOWN", "")
ZHIHU_COOLDOWN_MAX = os.environ.get("ZHIHU_COOLDOWN_MAX", "")
DOWNLOAD_TIMEOUT = 60
DOWNLOAD_MAXSIZE = 64 * 1024 * 1024  # no page is near this; what is larger is an attack or a mistake
RETRY_TIMES = 4  # a 429 or a reset is usual; five tries with growing pauses
RETRY_EXCEPTIONS_DELAY = 1.0
RETRY_GIVE_UP_LOG_LEVEL = "INFO"  # what became of the request is told by whoever gave it up

# Errors are read, not dropped: the body of a 403 says whether to slow down, to log in, or to give up.
HTTPERROR_ALLOW_ALL = True
REDIRECT_MAX_TIMES = 5

# A server or a proxy that moves is found again: Scrapy itself keeps an address, and a live connection, without end.
TWISTED_DNS_RESOLVER = "zhihu_crawler.resolver.Resolver"
DNSCACHE_TTL_SECONDS = os.environ.get("DNSCACHE_TTL_SECONDS", "")  # an address is used, 3600 at most
DNSCACHE_STALE_SECONDS = os.environ.get("DNSCACHE_STALE_SECONDS", "")  # and so long where its name cannot be resolved
DNS_TIMEOUT = 10  # Scrapy's 60 is longer than a page may take
DOWNLOAD_CONNECTION_SECONDS = os.environ.get("DOWNLOAD_CONNECTION_SECONDS", "")  # a connection is kept alive
DOWNLOAD_HANDLERS = {
    "http": "zhihu_crawler.handler.FreshHandler",
    "https": "zhihu_crawler.handler.FreshHandler",
}

# Breadth first, so that a limit cuts the far end of the follow graph and not one side of it.
DEPTH_PRIORITY = 1
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"
SCHEDULER_DISK_QUEUE = "scrapy.squeues.PickleFifoDiskQueue"
SCHEDULER_PRIORITY_QUEUE = (
    "zhihu_crawler.frontier.throttle.queue.BudgetPriorityQueue"  # a paused session blocks no other
)

# No listening ports: neither a telnet console nor a server that runs code inside the crawler.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# Where requests are really sent; empty is the site itself. Items see canonical addresses either way.
ZHIHU_ORIGIN = os.environ.get("ZHIHU_ORIGIN", "")
ZHIHU_EXPORT_DIR = os.environ.get("ZHIHU_EXPORT_DIR", "exports")
ZHIHU_EXPORT_APPEND = os.environ.get("ZHIHU_EXPORT_APPEND", "0")
ZHIHU_PROGRESS = os.environ.get("ZHIHU_PROGRESS", "1")

# The store: a MongoDB replica set that a crawl's items go to; empty is no store. Times are in seconds.
MONGODB_URI = os.environ.get("MONGODB_URI", "")
MONGODB_BATCH_SIZE = os.environ.get("MONGODB_BATCH_SIZE", "")  # items written at once, at most
MONGODB_FLUSH_SECONDS = os.environ.get("MONGODB_FLUSH_SECONDS", "")  # how long an item waits for others
MONGODB_BATCHES_IN_FLIGHT = os.environ.get("MONGODB_BATCHES_IN_FLIGHT", "")  # further items wait, and so does the crawl
MONGODB_WTIMEOUT_SECONDS = os.environ.get("MONGODB_WTIMEOUT_SECONDS", "")  # for the majority, in one try
MONGODB_START_SECONDS = os.environ.get("MONGODB_START_SECONDS", "")  # for a server, before the first page
MONGODB_RETRY_SECONDS = os.environ.get("MONGODB_RETRY_SECONDS", "")  # then items go to the spool
MONGODB_SPOOL_DIR = os.environ.get("MONGODB_SPOOL_DIR", "")
MONGODB_HEALTH_SECONDS = os.environ.get("MONGODB_HEALTH_SECONDS", "")  # between looks at the members; 0 is never
MONGODB_HEALTH_TIMEOUT_SECONDS = os.environ.get("MONGODB_HEALTH_TIMEOUT_SECONDS", "")  # for all answers of a member
MONGODB_HEALTH_LAG_SECONDS = os.environ.get("MONGODB_HEALTH_LAG_SECONDS", "")  # that a member may be behind
MONGODB_HEALTH_REPEAT_MINUTES = os.environ.get("MONGODB_HEALTH_REPEAT_MINUTES", "")  # until a fault is told again
MONGODB_HEALTH_WEBHOOK = os.environ.get("MONGODB_HEALTH_WEBHOOK", "")  # is told of faults: JSON by POST; often a secret
MONGOD = os.environ.get("MONGOD", "")  # program of `make mongo`, where it is not in the PATH

# One crawl of several processes: REDIS_URL alone switches it on (docs/frontier.md); empty is Scrapy's own scheduler.
REDIS_URL = os.environ.get("REDIS_URL", "")
IDLE_SECONDS = os.environ.get("IDLE_SECONDS", "")
FRONTIER_WORKER = os.environ.get("FRONTIER_WORKER", "")
FRONTIER_LEASE_SECONDS = os.environ.get("FRONTIER_LEASE_SECONDS", "")
FRONTIER_SEEN_DAYS = os.environ.get("FRONTIER_SEEN_DAYS", "")
FRONTIER_SEEN_SHARED = os.environ.get("FRONTIER_SEEN_SHARED", "")

# This worker's stats as Prometheus's metrics (docs/operating.md); empty is no port.
METRICS_PORT = os.environ.get("METRICS_PORT", "")
METRICS_HOST = os.environ.get("METRICS_HOST", "127.0.0.1")

# Schedules (docs/schedule.md): the file, and how often it is looked at. Times are in seconds.
SCHEDULE_FILE = os.environ.get("SCHEDULE_FILE", "")
SCHEDULE_TICK_SECONDS = os.environ.get("SCHEDULE_TICK_SECONDS", "")
SCHEDULE_WAIT_SECONDS = os.environ.get("SCHEDULE_WAIT_SECONDS", "")  # for a worker; then a run is offered again
SCHEDULE_LEASE_SECONDS = os.environ.get("SCHEDULE_LEASE_SECONDS", "")  # unheard of for longer, a run counts as lost
SCHEDULE_RETRY_SECONDS = os.environ.get("SCHEDULE_RETRY_SECONDS", "")  # before a failed run is tried again
SCHEDULE_CONCURRENCY = os.environ.get("SCHEDULE_CONCURRENCY", "")  # runs that a worker of Celery has in hand at once
SCHEDULE_BROKER_URL = os.environ.get("SCHEDULE_BROKER_URL", "")  # for Celery's messages; empty is REDIS_URL

# Where the alerts of SCHEDULE_FILE go; these are secrets, or hold some. SCHEDULE_FACTS is what alerts look at.
SCHEDULE_FACTS = "zhihu_crawler.schedule.facts.gather"
ALERT_WEBHOOK_URL = os.environ.get("ALERT_WEBHOOK_URL", "")
ALERT_EMAIL_SERVER = os.environ.get("ALERT_EMAIL_SERVER", "")  # smtp://user:password@host:587, or smtps:// at 465
ALERT_EMAIL_FROM = os.environ.get("ALERT_EMAIL_FROM", "")  # empty is the first of ALERT_EMAIL_TO
ALERT_EMAIL_TO = os.environ.get("ALERT_EMAIL_TO", "")  # addresses, separated by commas
ALERT_JPUSH_KEY = os.environ.get("ALERT_JPUSH_KEY", "")  # the app's key
ALERT_JPUSH_SECRET = os.environ.get("ALERT_JPUSH_SECRET", "")  # the app's master secret
ALERT_JPUSH_URL = os.environ.get("ALERT_JPUSH_URL", "")  # of another region; empty is api.jpush.cn

# Whose sessions ask (docs/sessions.md): they are kept outside the project, and never shown.
_CONFIG_HOME = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
ZHIHU_SESSION_DIR = os.environ.get("ZHIHU_SESSION_DIR") or f"{_CONFIG_HOME}/zhihu_crawler/sessions"
ZHIHU_SESSIONS = os.environ.get("ZHIHU_SESSIONS", "")
ZHIHU_GUESTS = os.environ.get("ZHIHU_GUESTS", "0")
ZHIHU_SESSION_CHECK = os.environ.get("ZHIHU_SESSION_CHECK", "1")
ZHIHU_SESSION_PROXIES = os.environ.get("ZHIHU_SESSION_PROXIES", "")
ZHIHU_PROXIES = os.environ.get("ZHIHU_PROXIES", "")

# Replies that are no pages (docs/blocks.md): how many in a row end the crawl, where unknown pages go and how many.
ZHIHU_BLOCKS_IN_A_ROW = os.environ.get("ZHIHU_BLOCKS_IN_A_ROW", "")
ZHIHU_UNKNOWN_DIR = os.environ.get("ZHIHU_UNKNOWN_DIR", "")
ZHIHU_UNKNOWN_MOST = os.environ.get("ZHIHU_UNKNOWN_MOST", "")

# Pages in a browser (docs/browser.md). It takes some 500 MiB, so no crawl starts one that was not asked to.
ZHIHU_FETCH = os.environ.get("ZHIHU_FETCH", "http")
ZHIHU_CHROMIUM = os.environ.get("ZHIHU_CHROMIUM", "")  # where it is not found by itself
ZHIHU_BROWSER_PAGES = os.environ.get("ZHIHU_BROWSER_PAGES", "")
ZHIHU_BROWSER_RECYCLE = os.environ.get("ZHIHU_BROWSER_RECYCLE", "")
ZHIHU_BROWSER_SCROLLS = os.environ.get("ZHIHU_BROWSER_SCROLLS", "")
ZHIHU_BROWSER_WAIT = os.environ.get("ZHIHU_BROWSER_WAIT", "")

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "zhihu_crawler.middlewares.robots.RobotsMiddleware": 100,  # in its place; ends the crawl when it is forbidden
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "zhihu_crawler.middlewares.blocks.BlocksMiddleware": 550,  # in its place; does what follows from what replies mean
    "zhihu_crawler.middlewares.fetch.FetchMiddleware": 560,  # what HTTP is refused is asked again before it counts
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "zhihu_crawler.middlewares.redirect.WallRedirectMiddleware": 600,  # in its place; a log-in wall is not followed
    "zhihu_crawler.middlewares.session.SessionMiddleware": 930,  # before the throttle, which has a budget a session
    "zhihu_crawler.middlewares.throttle.ThrottleMiddleware": 940,  # after robots.txt and the cache: what goes out pays
    "zhihu_crawler.middlewares.credentials.CredentialsMiddleware": 945,  # after all that wait or look: secrets last
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,
    "zhihu_crawler.middlewares.proxy.ProxyMiddleware": 947,  # in its place: passwords are secrets too
    "zhihu_crawler.middlewares.browser.BrowserMiddleware": 948,  # in the downloader's place, and the origin's
    "zhihu_crawler.middlewares.origin.OriginMiddleware": 950,  # last, so that all others see zhihu.com
}

SPIDER_MIDDLEWARES = {
    "zhihu_crawler.middlewares.session.SessionPinMiddleware": 500,  # a listing stays on one session
    "zhihu_crawler.middlewares.browser.BrowserRepliesMiddleware": 950,  # next to the spider: what others see goes out
    "zhihu_crawler.middlewares.seed_arguments.SeedArgumentsMiddleware": 510,  # limits of a seed hold to its end
}

ITEM_PIPELINES = {
    "pipelines.validate.ValidatePipeline": 200,  # before anything reaches the disk
    "pipelines.deduplicate.DeduplicatePipeline": 300,  # a crawl meets the same topic a thousand times
    "pipelines.store.StorePipeline": 400,  # last: what comes out of it, a majority of the servers has
}

EXTENSIONS = {
    "zhihu_crawler.extensions.exports.ExportFiles": 100,  # before the feed exporter opens its files
    "zhihu_crawler.extensions.unknown.KeepUnknown": 400,
    "zhihu_crawler.extensions.replset.ReplicaSetWatch": 400,
    "zhihu_crawler.extensions.report.FleetReport": 410,
    "zhihu_crawler.extensions.metrics.MetricsPort": 420,
    "zhihu_crawler.extensions.progress.Progress": 500,
    "zhihu_crawler.extensions.summary.Summary": 600,  # after the feeds are closed
    "zhihu_crawler.extensions.heap.FrozenHeap": 700,  # after all that a crawl begins with
    "scrapy.extensions.logstats.LogStats": None,  # the progress line says more
}

FEED_EXPORTERS = {
    "json": "zhihu_crawler.exporters.JsonExporter",
    "jsonl": "zhihu_crawler.exporters.JsonLinesExporter",
    "jsonlines": "zhihu_crawler.exporters.JsonLinesExporter",
    "csv": "zhihu_crawler.exporters.CsvExporter",
    "xml": "zhihu_crawler.exporters.XmlExporter",
}
FEED_EXPORT_ENCODING = "utf-8"
ADDONS = {"zhihu_crawler.defaults.ZhihuDefaults": 100}  # feeds, and full speed when the origin is this machine

LOG_LEVEL = os.environ.get("ZHIHU_LOG_LEVEL", "INFO")
LOG_FORMAT = os.environ.get("LOG_FORMAT") or "%(asctime)s [%(name)s] %(levelname)s: %(message)s"  # json: a line of it
LOG_FORMATTER = "zhihu_crawler.logformat.QuietFormatter"  # an item is its name in the log, not its 20 KB
