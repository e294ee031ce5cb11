"""Patches of other libraries: one module for each, applied by ``_importing`` after its import."""
