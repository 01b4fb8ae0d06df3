"""A simulated ARMrest: a living API with its own rules, faults and request ledger.

It decides for itself what a customer, a document and a permitted deletion are, and shares no line with the
worker that it judges: a fake that shares the rules proves nothing. It never leaves loopback.
"""
