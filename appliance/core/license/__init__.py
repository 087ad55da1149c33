"""What a licence file says, whether it is genuine, and what it allows at an instant: rules only."""
