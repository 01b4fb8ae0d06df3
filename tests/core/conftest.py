"""Names the profile by which `make mutants` runs these tests: few examples, always the same ones."""

from hypothesis import settings

settings.register_profile("mutants", max_examples=20, derandomize=True, deadline=None, database=None)
