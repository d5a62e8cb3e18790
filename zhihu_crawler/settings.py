"""Every Scrapy setting of this project, each with its reason. The only module that reads the environment.

``-s NAME=VALUE`` on the command line wins over everything here.
"""

from __future__ import annotations

import os

from zhihu_crawler import __version__

BOT_NAME = "zhihu_crawler"
SPIDER_MODULES = ["spiders"]
COMMANDS_MODULE = "zhihu_crawler.commands"

# Manners: one site is being read. Who we are is said, robots.txt is asked, one request goes out at a time.
USER_AGENT = os.environ.get("ZHIHU_USER_AGENT", f"zhihu_crawler/{__version__} (Scrapy)")
ROBOTSTXT_OBEY = True
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 1.0
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 2.0
AUTOTHROTTLE_MAX_DELAY = 60.0
AUTOTHROTTLE_TARGET_CONCURRENCY = 1.0
DOWNLOAD_TIMEOUT = 60
DOWNLOAD_MAXSIZE = 64 * 1024 * 1024  # no page is near this; what is larger is an attack or a mistake
RETRY_TIMES = 4  # a 429 or a reset is usual; five tries with growing pauses
RETRY_EXCEPTIONS_DELAY = 1.0

# Errors are read, not dropped: the body of a 403 says whether to slow down, to log in, or to give up.
HTTPERROR_ALLOW_ALL = True
REDIRECT_MAX_TIMES = 5

# Breadth first, so that a limit cuts the far end of the follow graph and not one side of it.
DEPTH_PRIORITY = 1
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"
SCHEDULER_DISK_QUEUE = "scrapy.squeues.PickleFifoDiskQueue"

# No listening ports: neither a telnet console nor a server that runs code inside the crawler.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# Where requests are really sent; empty is the site itself. Items see canonical addresses either way.
ZHIHU_ORIGIN = os.environ.get("ZHIHU_ORIGIN", "")
ZHIHU_EXPORT_DIR = os.environ.get("ZHIHU_EXPORT_DIR", "exports")
ZHIHU_EXPORT_APPEND = os.environ.get("ZHIHU_EXPORT_APPEND", "0")
ZHIHU_PROGRESS = os.environ.get("ZHIHU_PROGRESS", "1")

# One crawl of several processes: REDIS_URL alone switches it on (docs/frontier.md); empty is Scrapy's own scheduler.
REDIS_URL = os.environ.get("REDIS_URL", "")
IDLE_SECONDS = os.environ.get("IDLE_SECONDS", "")
FRONTIER_WORKER = os.environ.get("FRONTIER_WORKER", "")
FRONTIER_LEASE_SECONDS = os.environ.get("FRONTIER_LEASE_SECONDS", "")
FRONTIER_SEEN_DAYS = os.environ.get("FRONTIER_SEEN_DAYS", "")
FRONTIER_SEEN_SHARED = os.environ.get("FRONTIER_SEEN_SHARED", "")

# Schedules (docs/schedule.md): the file, and how often it is looked at. Times are in seconds.
SCHEDULE_FILE = os.environ.get("SCHEDULE_FILE", "")
SCHEDULE_TICK_SECONDS = os.environ.get("SCHEDULE_TICK_SECONDS", "")
SCHEDULE_WAIT_SECONDS = os.environ.get("SCHEDULE_WAIT_SECONDS", "")  # for a worker; then a run is offered again
SCHEDULE_LEASE_SECONDS = os.environ.get("SCHEDULE_LEASE_SECONDS", "")  # unheard of for longer, a run counts as lost
SCHEDULE_RETRY_SECONDS = os.environ.get("SCHEDULE_RETRY_SECONDS", "")  # before a failed run is tried again
SCHEDULE_CONCURRENCY = os.environ.get("SCHEDULE_CONCURRENCY", "")  # runs that a worker of Celery has in hand at once
SCHEDULE_BROKER_URL = os.environ.get("SCHEDULE_BROKER_URL", "")  # for Celery's messages; empty is REDIS_URL

# The store: a MongoDB replica set that a crawl's items go to; empty is no store. Times are in seconds.
MONGODB_URI = os.environ.get("MONGODB_URI", "")
MONGODB_BATCH_SIZE = os.environ.get("MONGODB_BATCH_SIZE", "")  # items written at once, at most
MONGODB_FLUSH_SECONDS = os.environ.get("MONGODB_FLUSH_SECONDS", "")  # how long an item waits for others
MONGODB_BATCHES_IN_FLIGHT = os.environ.get("MONGODB_BATCHES_IN_FLIGHT", "")  # further items wait, and so does the crawl
MONGODB_WTIMEOUT_SECONDS = os.environ.get("MONGODB_WTIMEOUT_SECONDS", "")  # for the majority, in one try
MONGODB_START_SECONDS = os.environ.get("MONGODB_START_SECONDS", "")  # for a server, before the first page
MONGODB_RETRY_SECONDS = os.environ.get("MONGODB_RETRY_SECONDS", "")  # then items go to the spool
MONGODB_SPOOL_DIR = os.environ.get("MONGODB_SPOOL_DIR", "")
MONGOD = os.environ.get("MONGOD", "")  # program of `make mongo`, where it is not in the PATH

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "zhihu_crawler.middlewares.robots.RobotsMiddleware": 100,  # in its place; ends the crawl when it is forbidden
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "zhihu_crawler.middlewares.retry.PatientRetryMiddleware": 550,  # in its place; waits as the site asks
    "zhihu_crawler.middlewares.origin.OriginMiddleware": 950,  # last, so that all others see zhihu.com
}

ITEM_PIPELINES = {
    "pipelines.validate.ValidatePipeline": 200,  # before anything reaches the disk
    "pipelines.deduplicate.DeduplicatePipeline": 300,  # a crawl meets the same topic a thousand times
}

EXTENSIONS = {
    "zhihu_crawler.extensions.exports.ExportFiles": 100,  # before the feed exporter opens its files
    "zhihu_crawler.extensions.progress.Progress": 500,
    "zhihu_crawler.extensions.summary.Summary": 600,  # after the feeds are closed
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
LOG_FORMATTER = "zhihu_crawler.logformat.QuietFormatter"  # an item is its name in the log, not its 20 KB
