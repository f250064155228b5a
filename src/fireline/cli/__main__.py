"""Lets ``python -m fireline.cli`` run the same command as ``fireline``.

The outermost layer: for machines where the script folder is not on the path.
"""

from __future__ import annotations

from fireline.cli import main

main()
