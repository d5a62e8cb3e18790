"""Schedules: what is crawled, exported and looked after when, by ``schedule.toml``.

``file.py`` reads the file (``model.py`` and ``alerts.py`` are its tables, ``faults.py`` words what is wrong with it),
``timing.py`` says what is due, ``runs.py`` keeps in Redis which run was begun by whom, so that each is begun once
whoever asks, and ``engine.py`` performs it. ``app.py`` does the same as tasks of Celery. Nothing but ``app.py`` needs
Celery.
"""
