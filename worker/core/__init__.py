"""The functional core: decides, and does nothing else. No await, clock, chance, file, socket or log."""
