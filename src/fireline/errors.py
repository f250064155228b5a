"""Every error Fireline raises on purpose, and the exit code an operator learns the cause from.

Foundation: read by every chapter. What a person reads is said in both languages: the console shows the
one of its page, the command line English.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fireline.words import Words


class FirelineError(Exception):
    """Base of all errors raised on purpose; not shown without a traceback unless a UserError.

    Attributes
    ----------
    words : Words, the message in both languages; English in both where it was given as plain text
    """

    exit_code = 1

    def __init__(self, said: str | Words) -> None:
        super().__init__(said)
        self.words = said if isinstance(said, Words) else Words.same(said or type(self).__name__)

    def __str__(self) -> str:
        return self.words.en


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


class FaultCode(StrEnum):
    """Stable name of what is wrong, for programs that read rejects.csv and faults.csv; explained in
    docs/how-to/own-files.md.
    """

    FILE_UNREADABLE = "file_unreadable"
    OPEN_QUOTE = "open_quote"
    BLANK_ROW = "blank_row"
    CELL_COUNT = "cell_count"
    UNUSED_ROW = "unused_row"
    MISSING = "missing"
    NOT_A_TIME = "not_a_time"
    NOT_A_CODE = "not_a_code"
    NOT_A_NUMBER = "not_a_number"
    NOT_TRUE_OR_FALSE = "not_true_or_false"
    NOT_AN_IDENTIFIER = "not_an_identifier"
    NOT_A_TEXT = "not_a_text"
    NOT_A_GEOMETRY = "not_a_geometry"
    NOT_AN_ANSWER = "not_an_answer"
    NO_TIME_OF_DAY = "no_time_of_day"
    END_BEFORE_START = "end_before_start"
    CONTRADICTION = "contradiction"
    FALLING_COUNT = "falling_count"
    NO_DAY_BEFORE = "no_day_before"
    FUTURE_DAY = "future_day"
    NOT_WHOLE = "not_whole"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one input: where it is, what was found and what is allowed.

    Attributes
    ----------
    file : str, the name inside the feed folder
    row : int or None, 1-based line of the data (header not counted); None when the whole file is meant
    column : str or None, as the file names it
    code : FaultCode, what is wrong
    found : Words, shown only for dates, codes and numbers outside identity columns, else type and length
    allowed : Words, what would have been accepted
    effect : str, "rejected" (the row is out), "null" (the cell became unknown) or "file" (the file is out)
    """

    file: str
    row: int | None
    column: str | None
    code: FaultCode
    found: Words
    allowed: Words
    effect: str


def unshown(text: str) -> Words:
    """What is said of a text that may not be shown: its length."""
    return Words(f"{len(text)} 个字符的文本", f"text of {len(text)} characters")
