"""What is known of Zhihu (知乎) and of how a crawl of it is run."""

__version__ = "0.1.0"
