"""Pseudonyms: what stands in a log instead of a customer number, for whoever does not hold the key.

Decides what goes into each HMAC, so that one number has another pseudonym in every campaign, and a pseudonym of one
kind is never that of another. It reads no key from anywhere, and never shows one.
"""

import base64
import hmac
from dataclasses import dataclass, field
from typing import Final

from worker.core.customer import fold
from worker.errors import SettingsWrong

SIZE: Final = 32
"""Bytes of a key."""
_PREFIX: Final = "PSEUDONYM+KEY+"
_KEY_ID: Final = 16  # hexadecimal digits


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Those of one campaign. `key_id` names the key that they were made with, and tells nothing of it."""

    key_id: str
    _secret: bytes = field(repr=False)

    def of(self, number: str) -> str:
        """A customer's, as 64 hexadecimal digits: the same for all spellings of one number."""
        return _mac(self._secret, f"customer\n{fold(number)}").hex()

    def of_request(self, request: str) -> str:
        """That of a request from a queue, whose identity holds the number."""
        return _mac(self._secret, f"request\n{request}").hex()


@dataclass(frozen=True, slots=True)
class PseudonymKey:
    """A key at hand: 32 bytes of chance."""

    _secret: bytes = field(repr=False)

    @property
    def key_id(self) -> str:
        """What tells keys apart."""
        return _mac(self._secret, "amili-purge-pseudonym-key/1").hex()[:_KEY_ID]

    def of_input(self, digest: str) -> str:
        """What a campaign is bound to instead of its input's digest: that of a short list could be guessed."""
        return _mac(self._secret, f"amili-purge-input/1\n{digest}").hex()

    def campaign(self, base_url: str, client_no: int, name: str, input_digest: str) -> Pseudonyms:
        """The pseudonyms of the campaign that is bound to these; none of them can hold a newline."""
        bound = "\n".join(("amili-purge-pseudonyms/1", base_url, str(client_no), name, input_digest))
        return Pseudonyms(self.key_id, _mac(self._secret, bound))

    def text(self) -> str:
        """The line that a file keeps it as."""
        return f"{_PREFIX}{self.key_id}+{base64.b64encode(self._secret).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> "PseudonymKey | None":
        """The key that was written so; None if there is none, or if a letter of it is wrong."""
        _, _, encoded = text.strip().removeprefix(_PREFIX).partition("+")
        try:
            secret = base64.b64decode(encoded, validate=True)
        except ValueError:
            return None
        key = cls(secret)
        return key if len(secret) == SIZE and key.text() == text.strip() + "\n" else None


def refuse_other_key(campaign: str, bound: str | None, given: str | None) -> None:
    """`SettingsWrong` if a campaign that is bound to one key, or to none, is given another, or none."""
    if bound == given:
        return
    if bound is None:
        raise SettingsWrong(
            f"campaign {campaign} was begun without pseudonyms: its log has customer numbers, and will go on so",
            "leave audit_pseudonyms out for this campaign, or begin another one with --campaign NAME",
        )
    if given is None:
        raise SettingsWrong(
            f"campaign {campaign} has pseudonyms in its log, and the settings would write numbers",
            f"set audit_pseudonyms = true, and pseudonym_key = FILE of the key {bound}",
        )
    raise SettingsWrong(
        f"campaign {campaign} has the pseudonyms of the key {bound}; pseudonym_key holds the key {given}",
        "name the file of the campaign's own key: with another one the same customer would have another pseudonym",
    )


def _mac(secret: bytes, message: str) -> bytes:
    return hmac.digest(secret, message.encode("utf-8", "surrogatepass"), "sha256")
