"""The parts of the product, a module per noun: how each is built, and with what of the others."""
