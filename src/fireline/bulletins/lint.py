"""The check of a public text, under the name by which this chapter's callers know it.

Chapter 11: the patterns live in privacy, where the earlier chapters reach them too.
"""

from __future__ import annotations

from fireline.privacy.identifiers import Finding, lint_public_text

__all__ = ["Finding", "lint_public_text"]
