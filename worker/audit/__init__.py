"""The audit log: `AuditFile` writes it from the ledger's facts, `verify_campaign` and `verify_file` prove it."""

from worker.audit.file import AuditFile
from worker.audit.verifier import Evidence, Verified, verify_campaign, verify_file

__all__ = ["AuditFile", "Evidence", "Verified", "verify_campaign", "verify_file"]
