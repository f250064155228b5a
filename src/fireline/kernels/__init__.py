"""Arrays in, arrays out, compiled with Numba; no other Fireline code.

Compiled code is kept between runs, in a folder named after the content of all kernels. Numba itself compiles
anew only what stands in a changed file: a kernel that calls another one would keep the old one inside it.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from pathlib import Path

_SOURCES = Path(__file__).parent


def cache_folder(sources: Path = _SOURCES) -> Path:
    """Where the compiled kernels are kept: another folder for any other content of the sources.

    Parameters
    ----------
    sources : folder of the kernels

    Returns
    -------
    Path   beside the sources, else in the user's cache, else among temporary files: the first that can be
        written
    """
    digest = hashlib.sha256()
    for path in sorted(sources.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    name = f"compiled-{digest.hexdigest()[:16]}"
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fireline"
    for folder in (sources / "__pycache__", home):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder / name
    return Path(tempfile.gettempdir()) / f"fireline-{os.getuid()}" / name


if "NUMBA_CACHE_DIR" not in os.environ:
    os.environ["NUMBA_CACHE_DIR"] = str(cache_folder())
    if "numba" in sys.modules:  # it read the environment before
        sys.modules["numba"].config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]
