"""The store: what a document is, how it is written, and what becomes of it when MongoDB cannot be reached."""
