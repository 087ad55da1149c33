"""The commands of `appliance` beside run and demo; each a thin shell around a use case."""
