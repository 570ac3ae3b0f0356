"""README and manual: what they show is what the commands print, what they tabulate comes from committed data."""
