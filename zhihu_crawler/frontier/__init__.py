"""The queue that several processes share on Redis: leases, the seen-set, and who crawls what."""
