"""Users of the console: accounts, sessions, signing in, second factors, and the rules for all of them."""
