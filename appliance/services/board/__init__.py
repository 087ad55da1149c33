"""The supervisors' board: its picture, what is done from it, and the messages to agents."""
