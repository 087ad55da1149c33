"""Lists of contacts: filled, filtered, ordered and looked at."""
