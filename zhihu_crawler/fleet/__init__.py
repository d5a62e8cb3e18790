"""How a crawl of several workers goes: what each reports to Redis, and what of it can be seen from outside."""
