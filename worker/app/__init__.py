"""Settings become objects, and commands become runs: the one place where things are joined.

Each part is imported by its own name: what only looks or steers needs no HTTP, and starts in half the time.
"""
