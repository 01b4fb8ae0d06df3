"""amili-purge: checks, deletes and accounts for customers of an ARMrest API, one verdict a row."""
