"""Expected rendered files."""
