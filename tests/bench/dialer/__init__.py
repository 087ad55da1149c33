"""The project's pacing and the published rules of others, on the same people: `python -m tests.bench.dialer`."""
