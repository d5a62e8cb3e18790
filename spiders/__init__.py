"""Where a crawl goes: one file, one spider, one name."""
