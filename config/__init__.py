"""What a user can set: declared once, read from six places, shown with secrets masked.

Decides which values are possible and where they come from. Never opens a connection, and never reads
a token file or a protect list: that is the worker's part.
"""

from config.catalogue import GROUPS, Flag, Shown, environment_name, flag_name, flags_of, shown
from config.reach import ApiSettings, ClientCredentials, FixedToken, TokenFile
from config.settings import Loaded, Settings
from config.sources import Needs, load
from config.values import mask_url

__all__ = [
    "GROUPS",
    "ApiSettings",
    "ClientCredentials",
    "FixedToken",
    "Flag",
    "Loaded",
    "Needs",
    "Settings",
    "Shown",
    "TokenFile",
    "environment_name",
    "flag_name",
    "flags_of",
    "load",
    "mask_url",
    "shown",
]
