"""The proof for users: real campaigns, killed again and again, and the account held against the sandbox's journal.

Decides where the kills fall and whether the accounts hold. It shares no rule with the worker that it judges, and
knows the sandbox as a process: by its journal and its door.
"""
