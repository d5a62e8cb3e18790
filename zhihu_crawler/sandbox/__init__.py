"""A small Zhihu on loopback: today's pages and API, listings of any length, faults on demand.

It stands in for the site, so it words its addresses and objects by itself and shares no code with the parsers: a
mistake in one does not hide a mistake in the other.
"""
