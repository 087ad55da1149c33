"""HTTP only: pages, API, streams."""
