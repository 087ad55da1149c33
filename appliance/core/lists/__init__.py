"""Lists of contacts as rules: how a file is laid out, what a row of it becomes, and what is wrong with it."""
