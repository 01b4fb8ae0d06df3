"""The settings of pseudonyms become those of one campaign, or a refusal.

Decides where a key may not lie, and that a campaign keeps to the key, or to the numbers, that it was begun with.
"""

from config import Settings
from worker.core.pseudonym import PseudonymKey, Pseudonyms, refuse_other_key
from worker.errors import SettingsWrong
from worker.ports import CampaignNote
from worker.seal import read_pseudonym_key

_KEYGEN = "make a key with: amili-purge keygen --for pseudonyms FILE"


def key_in_force(settings: Settings) -> PseudonymKey | None:
    """The key that new lines are to be written with; None where they are to hold numbers."""
    return the_key(settings) if settings.audit_pseudonyms else None


def the_key(settings: Settings) -> PseudonymKey:
    """The key that the settings name; `SettingsWrong` if there is none, or if it lies with the campaigns."""
    path = settings.pseudonym_key
    if path is None:
        raise SettingsWrong("pseudonyms are made with a key, and there is none", "set pseudonym_key = FILE", _KEYGEN)
    if path.resolve().is_relative_to(settings.campaigns.resolve()):
        raise SettingsWrong(
            f"pseudonym_key {path} lies where campaigns lie",
            "whoever is handed a campaign would have the numbers with it; name a place elsewhere",
        )
    return read_pseudonym_key(path)


def of_campaign(key: PseudonymKey, note: CampaignNote) -> Pseudonyms:
    """The campaign's pseudonyms; `SettingsWrong` if they are not made with this key."""
    refuse_other_key(note.name, note.pseudonym_key, key.key_id)
    return key.campaign(note.base_url, note.client_no, note.name, note.input_digest)


def in_force(settings: Settings, note: CampaignNote) -> Pseudonyms | None:
    """What a run is to call the campaign's customers; `SettingsWrong` if that is not what it has called them so far."""
    key = key_in_force(settings)
    if key is not None:
        return of_campaign(key, note)
    refuse_other_key(note.name, note.pseudonym_key, None)
    return None
