"""Every error Fireline raises on purpose, and the exit code an operator learns the cause from.

Foundation: read by every chapter.
"""

from __future__ import annotations

from dataclasses import dataclass


class FirelineError(Exception):
    """Base of all errors raised on purpose; not shown without a traceback unless a UserError."""

    exit_code = 1


class UserError(FirelineError):
    """Something a person can mend: shown as one message, no traceback.

    The message says what is wrong, where, what was found, what is allowed and what to do; it never
    holds a person's value.
    """

    exit_code = 10


class InputError(UserError):
    """A file, mapping or argument that cannot be used."""

    exit_code = 11


class PolicyError(UserError):
    """A policy pack or rule that is missing, conflicting or not in force."""

    exit_code = 12


class PurposeError(UserError):
    """A read or change that the actor's role, area or purpose does not allow."""

    exit_code = 13


class DeadlineError(UserError):
    """Work that ran past its limit of time."""

    exit_code = 14


class StorageError(UserError):
    """The home folder, database or disk cannot be used."""

    exit_code = 15


class IntegrityError(UserError):
    """The audit chain, a manifest or a segment does not verify."""

    exit_code = 16


class SettingsError(UserError):
    """A setting that is missing or has a value that is not allowed."""

    exit_code = 17


class ConflictError(UserError):
    """Two people changed the same thing, or a state was skipped."""

    exit_code = 18


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one input: where it is, what was found and what is allowed.

    Attributes
    ----------
    file : str, the name inside the feed folder
    row : int or None, 1-based line of the data (header not counted); None when the whole file is meant
    column : str or None, as the file names it
    found : str, shown only for dates, codes and numbers outside identity columns, else type and length
    allowed : str, what would have been accepted
    effect : str, "rejected" (the row is out), "null" (the cell became unknown) or "file" (the file is out)
    """

    file: str
    row: int | None
    column: str | None
    found: str
    allowed: str
    effect: str
