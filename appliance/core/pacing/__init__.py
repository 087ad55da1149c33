"""How many calls a campaign may place now: pure, and given only what a dialer can see."""
