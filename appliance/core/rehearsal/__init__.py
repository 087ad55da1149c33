"""A campaign simulated before it starts: the dialer's own pacing against people drawn by chance."""
