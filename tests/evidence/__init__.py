"""Whether a log that was tampered with is found: by our verifier, and by a second one written from the format alone."""
