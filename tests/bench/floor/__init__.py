"""A busy floor: a site of 200 agents and 20 queues, and its phones and callers, who are made by sipp."""
