"""Pure functions from what a page holds to items: no Scrapy, no settings, no clock, no network."""
