"""The ARMrest API as the worker meets it: requests out, answers in, tokens.

It translates and never decides: what an answer means is `core.replies`, what follows from it is the shell's.
"""
