"""The names of the commands, a module each, for Scrapy, which loads all of them whenever one is called."""
