"""Signals of this project's own, beside Scrapy's."""

from __future__ import annotations

page_unread = object()
"""A spider could not read a reply that is no refusal; handlers get ``response`` and ``error`` (a PageError)."""
