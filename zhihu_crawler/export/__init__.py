"""Exports: what was crawled, from the store or from a crawl's files, as files that people read or load.

``query/`` says what is wanted, ``sources/`` give it, ``formats/`` write it, ``text/`` makes pages of what people wrote;
``job.py`` leads one export from its first document to its name.
"""
