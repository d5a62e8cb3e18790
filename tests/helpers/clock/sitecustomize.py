"""Put on a worker's path by tests: its clock is ten minutes ahead."""

import time

_real = time.time
time.time = lambda: _real() + 600
