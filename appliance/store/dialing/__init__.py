"""What the dialers read and write: whom to call, and what became of it."""
