"""The peer's own Python environment, made when it is missing, and jobs given to it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
FOLDER = ROOT / "build" / "peers" / "boario"


class PeerMissingError(RuntimeError):
    """The peer cannot be installed here."""


def peer_python() -> Path:
    """Return the peer's Python; installs BoARIO under build/ on first use.

    Raises
    ------
    PeerMissingError
        If it cannot be installed.
    """
    python, mark = FOLDER / "bin" / "python", FOLDER / "installed"
    wanted = (HERE / "requirements.txt").read_text("utf-8")
    if mark.exists() and mark.read_text("utf-8") == wanted:
        return python
    FOLDER.mkdir(parents=True, exist_ok=True)
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(FOLDER)],
        [str(python), "-m", "pip", "install", "-q", "-r", str(HERE / "requirements.txt")],
        [str(python), "-c", "import boario, pymrio"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PeerMissingError(
                f"BoARIO could not be installed: {' '.join(command[1:])}: {done.stderr[-500:]}"
            )
    mark.write_text(wanted, "utf-8")
    return python


def run_peer(
    arrays: dict[str, np.ndarray], settings: dict[str, Any], *, with_stocks: bool = True
) -> dict[str, np.ndarray]:
    """Run BoARIO on arrays ``regions, sectors, z, y, x`` (and ``demands``) in its own process."""
    settings = {"horizon": max(settings["days"], 366), "with_stocks": with_stocks, **settings}
    with tempfile.TemporaryDirectory() as folder:
        job, out = Path(folder) / "job.npz", Path(folder) / "out.npz"
        np.savez(job, settings=json.dumps(settings), **arrays)
        command = [str(peer_python()), str(HERE / "peer.py"), str(job), str(out)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"BoARIO failed:\n{done.stderr[-3000:]}")
        with np.load(out) as kept:
            return dict(kept)
