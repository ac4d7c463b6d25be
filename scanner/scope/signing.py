"""Sign and renew a scope file: for the command line and the lab only, since it loads `cryptography`."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

from scanner.errors import HostError, ScopeError
from scanner.scope.authority import signature_path
from scanner.scope.signature import NAMESPACE, armor, signatures, to_sign

_UNREADABLE: Final = "is no OpenSSH ed25519 private key; make one with `ssh-keygen -t ed25519`"


def sign(scope_path: Path, key: Path) -> str:
    """Append a signature of the scope file as it stands; give the signature file's name.

    `key` is an OpenSSH private key file, or a `.pub` file whose private half the agent holds. What needs a
    passphrase or the agent is left to `ssh-keygen`, which asks for it itself.
    """
    message = scope_path.read_bytes()
    beside = signature_path(scope_path)
    before = beside.read_text("utf-8") if beside.exists() else ""
    made = made_with(key, message)
    (new,) = signatures(made, str(key))
    for number, old in enumerate(signatures(before, str(beside)) if before else (), 1):
        if not old.holds(message):
            raise ScopeError(
                f"{beside}: signature {number} is for another version of {scope_path.name}; remove it, and have"
                " everyone sign again"
            )
        if old.key == new.key:
            raise ScopeError(
                f"{beside}: this key has signed already; the second signature must be someone else's"
            )
    if not new.holds(message):
        raise ScopeError(f"{key}: what it signed does not verify")
    _write(beside, before + made)
    return str(beside)


def made_with(key: Path, message: bytes, namespace: str = NAMESPACE) -> str:
    """One armored signature with a key as `sign` takes it, for a scope or for what `namespace` names."""
    private = _load(key)
    return signed(private, message, namespace) if private else _by_ssh_keygen(key, message, namespace)


def signed(private: Ed25519PrivateKey, message: bytes, namespace: str = NAMESPACE) -> str:
    """One armored signature by a key that we hold."""
    body = private.sign(to_sign(message, namespace=namespace))
    return armor(private.public_key().public_bytes_raw(), body, namespace=namespace)


def allowed_line(principal: str, private: Ed25519PrivateKey) -> str:
    """The line of an allowed_signers file that lets this key sign scopes."""
    key = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return f'"{principal}" namespaces="{NAMESPACE}" {key}\n'


def _load(path: Path) -> Ed25519PrivateKey | None:
    """The key; None when it needs a passphrase, or when the file is only its public half."""
    try:
        data = path.read_bytes()
        if path.suffix == ".pub":
            return None
        key = load_ssh_private_key(data, password=None)
    except OSError as error:
        raise ScopeError(f"{path}: cannot read the key: {error.strerror}") from error
    except TypeError:
        return None  # how cryptography says that a key is encrypted
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ScopeError(f"{path}: {_UNREADABLE}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ScopeError(f"{path}: {_UNREADABLE}")
    return key


def _by_ssh_keygen(key: Path, message: bytes, namespace: str) -> str:
    tool = shutil.which("ssh-keygen")
    if tool is None:
        raise HostError(
            f"{key}: needs a passphrase or an agent, and thus ssh-keygen (Debian: apt install openssh-client)"
        )
    command = [tool, "-Y", "sign", "-n", namespace, "-f", str(key)]
    done = subprocess.run(command, input=message, capture_output=True, check=False)
    if done.returncode != 0:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
        raise HostError(f"{key}: ssh-keygen did not sign: {last[0]}")
    return done.stdout.decode("ascii", "replace")


def _write(path: Path, text: str) -> None:
    """Put a file in place whole, readable by its owner only."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600, exist_ok=False)
    draft.write_text(text, "utf-8")
    draft.replace(path)
