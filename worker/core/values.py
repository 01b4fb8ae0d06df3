"""Frozen values that are made for each customer, and how one value becomes another.

Decides what kind they are: a `Value` is a tenth as expensive to make as a frozen dataclass, and a run makes a hundred
for each customer. What is made once a command is a dataclass.
"""

from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct, structs

T = TypeVar("T")

if TYPE_CHECKING:
    # A type checker knows by this one which members there are.
    from dataclasses import replace
else:
    import dataclasses

    def replace(value: T, /, **changes: object) -> T:
        """The same value, but for these members."""
        alike = structs.replace if isinstance(value, Struct) else dataclasses.replace
        return alike(value, **changes)


class Value(Struct, frozen=True, gc=False):
    """A frozen value. It holds others, never itself: the collector of cycles need not look at it."""


__all__ = ["Value", "replace"]
