"""A real browser on this machine: where it is, and how it is started. An optional part: requirements-browser.txt."""
