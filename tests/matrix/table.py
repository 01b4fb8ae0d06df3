"""The whole matrix, in the order of the page."""

from typing import Final

from tests.matrix.deletes import SUCCESS
from tests.matrix.doubts import DOUBT
from tests.matrix.findings import CUSTOMER, LIST
from tests.matrix.reads import ANY
from tests.matrix.rows import Section
from tests.matrix.tokens import TOKEN

SECTIONS: Final[tuple[Section, ...]] = (ANY, CUSTOMER, LIST, SUCCESS, DOUBT, TOKEN)
