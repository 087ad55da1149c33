"""Forms from schemas: the same machinery for every entity, so that a new one needs no page of its own."""
