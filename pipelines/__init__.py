"""What becomes of what was found: one verb, one file. Their order stands in ``zhihu_crawler/settings.py``."""
