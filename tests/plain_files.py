"""Files written in one go; discern's own functions wait for the disk."""

import json

import numpy as np


def write_bytes(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def write_json(path, content):
    write_bytes(path, json.dumps(content).encode())


def write_arrays(path, arrays):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **arrays)
