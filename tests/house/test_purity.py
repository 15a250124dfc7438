"""The foundations are handed clock and chance and write nothing; no room below the front door hides an import.

The import contracts see modules; this reads the syntax trees, because `datetime`, `os` and `cryptography` are allowed
and hold a clock, a source of chance and key generation all the same. HPKE sealing draws its ephemeral key inside the
library; it is the one named exception, allowed in the file that seals and nowhere else.
"""

import ast
import re
from pathlib import Path

import pytest

from tests.house.contracts import FOUNDATIONS, OUTSIDE_WORLD
from tests.house.tree import Module, modules, planted

SEALING = Path("codes/sealing.py")
CLOCK = re.compile(r"now|utcnow|today|\w*localtime|gmtime")
CHANCE = re.compile(r"urandom|getrandom|randombytes\w*|\w*_random|random_\w+|token_\w+|uuid[14]|SystemRandom")
KEYS = re.compile(r"generate|generate_(private_)?key|generate_parameters|\w*keypair|keygen")
EFFECT = re.compile(r"environ|getenv|write_text|write_bytes|mkdir|unlink")
# As methods these words belong to the protocol (a leg, a row, a note is opened).
BUILTIN = {"open", "print", "input"}


def impurities(module: Module) -> list[str]:
    """Return what the module takes from the world by itself."""
    found = []
    for node in ast.walk(module.tree):
        match node:
            case ast.Import() | ast.ImportFrom():
                found += _imported(module, node)
            case ast.Call(func=ast.Name(id=name)) if name in BUILTIN:
                found.append(name)
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                found += [name] if any(rule.fullmatch(name) for rule in (CLOCK, CHANCE, KEYS, EFFECT)) else []
            case ast.Attribute(value=ast.Name(id="datetime" | "date") | ast.Attribute(attr="datetime" | "date")):
                found += [node.attr] if CLOCK.fullmatch(node.attr) else []
            case ast.Attribute(value=ast.Name(id="os" | "sodium" | "pysodium") | ast.Attribute(), attr=name):
                found += [name] if CHANCE.fullmatch(name) or name == "environ" else []
            case _:
                pass
    return found


def _imported(module: Module, node: ast.Import | ast.ImportFrom) -> list[str]:
    source = (node.module or "").split(".") if isinstance(node, ast.ImportFrom) else []
    names = [part for alias in node.names for part in alias.name.split(".")]
    taken = [name for name in names if CHANCE.fullmatch(name) or KEYS.fullmatch(name) or name in {"random", "Fernet"}]
    taken += [name for name in (source or names)[:1] if name in OUTSIDE_WORLD]
    if "hpke" in {*source, *names} and module.path != SEALING:
        taken.append("hpke")
    return taken


def hidden_imports(module: Module) -> list[str]:
    """Return the ways by which the module could import what the linter does not see."""
    ways = {"import_module", "__import__", "spec_from_file_location", "exec", "eval"}
    calls = (node.func for node in ast.walk(module.tree) if isinstance(node, ast.Call))
    names = (func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "") for func in calls)
    return [name for name in names if name in ways]


def test_the_foundations_are_pure() -> None:
    found = {str(module.path): impurities(module) for module in modules() if module.room in FOUNDATIONS}
    assert {path: what for path, what in found.items() if what} == {}


def test_no_room_below_the_front_door_hides_an_import() -> None:
    found = {str(module.path): hidden_imports(module) for module in modules() if module.room != "cli"}
    assert {path: what for path, what in found.items() if what} == {}


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "import secrets as s",
        "from random import Random",
        "from os import urandom",
        "import os\nsalt = os.urandom(16)",
        "import os\nsource = os.urandom",
        "import sqlite3.dbapi2",
        "def f():\n    import socket",
        "from datetime import datetime\nstamp = datetime.now()",
        "import datetime as d\nstamp = d.datetime.now(d.UTC)",
        "import datetime\nclock = datetime.datetime.utcnow",
        "from datetime import date\nday = date.today()",
        "from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey as K\nkey = K.generate()",
        "from cryptography.hazmat.primitives.asymmetric import ec\nkey = ec.generate_private_key(ec.SECP256R1())",
        "from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as make",
        "from cryptography.hazmat.primitives.ciphers.aead import AESSIV\nkey = AESSIV.generate_key(512)",
        "import pysodium\nscalar = pysodium.crypto_core_ristretto255_scalar_random()",
        "import pysodium\ndraw = pysodium.sodium.randombytes_buf",
        "import pysodium\npair = pysodium.crypto_sign_keypair()",
        "from cryptography import x509\nserial = x509.random_serial_number()",
        "from cryptography.fernet import Fernet",
        "import numpy as np\nnumber = np.random.random_sample()",
        "from numpy import random",
        "from cryptography.hazmat.primitives import hpke",
        "from cryptography.hazmat.primitives.hpke import Suite",
        "text = open('/etc/hostname').read()",
        "print('seen')",
        "from pathlib import Path\nPath('out').write_text('x')",
        "import os\nhome = os.environ['HOME']",
    ],
)
def test_a_planted_impurity_is_caught(text: str) -> None:
    assert impurities(planted(text)) != []


@pytest.mark.parametrize(
    "text",
    [
        "def f(now: int, random: bytes) -> bytes:\n    return random",
        "from datetime import UTC, datetime\ndef f(now: int) -> datetime:\n    return datetime.fromtimestamp(now, UTC)",
        "def f(moment):\n    return moment.now",
        "def f(note, key):\n    return note.open(key)",
        "from cryptography.hazmat.primitives.ciphers.aead import AESSIV\nblob = AESSIV(key).encrypt(data, [name])",
    ],
)
def test_what_is_handed_in_passes(text: str) -> None:
    assert impurities(planted(text)) == []


def test_hpke_is_allowed_where_it_seals() -> None:
    assert impurities(planted("from cryptography.hazmat.primitives.hpke import Suite", str(SEALING))) == []


@pytest.mark.parametrize(
    "text",
    [
        "import importlib\nlaw = importlib.import_module('mynumber.law')",
        "from importlib import import_module\nlaw = import_module('mynumber.law')",
        "law = __import__('mynumber.law')",
        "exec('import mynumber.law')",
    ],
)
def test_a_hidden_import_is_caught(text: str) -> None:
    assert hidden_imports(planted(text)) != []
