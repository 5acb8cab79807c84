"""Set .venv up from the hashed requirements: `python3 tools/bootstrap.py [--browser] SET...`.

Runs on a bare Python, before anything is installed; a start that finds all in place does nothing. Written for old
Pythons too, so that those get a sentence and not a syntax error.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
MARKER = VENV / "rollbook-installed.json"
OLDEST = (3, 11)
NEWER = ["python3.14", "python3.13", "python3.12", "python3.11"]
# A set that holds others: who has installed it needs none of those.
HOLDS = {"dev": ["base", "demo", "embedded"], "demo": ["base"]}
# Sets that not every system has a wheel of, and what is said where one cannot be installed.
OPTIONAL = {
    "embedded": "The embedded PostgreSQL cannot be installed here: the machine's own (15 or later) will be used.",
    "fuzz": "The fuzzer cannot be installed here (it is for Linux on x86-64): nothing will be fuzzed.",
}
BROWSERS = ["chromium", "chromium-browser", "google-chrome"]
COMMAND = """#!/bin/sh
exec "$(dirname "$0")/python" -m rollbook "$@"
"""


def say(line: str) -> None:
    """Show progress as one plain line, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def use_a_new_enough_python() -> None:
    """Go on in a newer Python where this one is too old, or end with what to do."""
    if sys.version_info[:2] >= OLDEST:
        return
    for name in NEWER:
        found = shutil.which(name)
        if found:
            os.execv(found, [found, *sys.argv])
    version = ".".join(str(part) for part in sys.version_info[:2])
    sys.exit(
        "Rollbook needs Python 3.11 or later, and this is %s: install a newer one, then run `make PYTHON=python3.12 demo`"
        " with its name." % version
    )


def wanted(requirements: "list[str]") -> "dict[str, str]":
    """Return what the marker says when these sets are installed: {set: hash of its file and of Python's version}."""
    version = "%d.%d" % sys.version_info[:2]
    return {
        name: hashlib.sha256(
            version.encode() + (CHECKOUT / "requirements" / (name + ".txt")).read_bytes()
        ).hexdigest()
        for name in requirements
    }


def installed() -> "dict[str, str]":
    """Return what the marker says, nothing where the environment is missing or no longer works."""
    try:
        marker = json.loads(MARKER.read_text())
        subprocess.run([str(PYTHON), "-c", ""], check=True, capture_output=True)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return {}
    return dict(marker)


def pip() -> "list[str]":
    """Return the command of a pip that installs into the environment, making the environment where it is missing."""
    inside = [str(PYTHON), "-m", "pip"]
    # Debian keeps Python's own installer in a package of its own; the machine's pip can install into it too.
    outside = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    machine_has_pip = _runs([sys.executable, "-m", "pip", "--version"])
    if site_packages().is_dir() and _runs([str(PYTHON), "-c", ""]):
        if _runs([*inside, "--version"]):
            return inside
        if machine_has_pip:
            return outside
    shutil.rmtree(VENV, ignore_errors=True)
    VENV.mkdir()  # where that is not allowed, better now than in the words of another program
    say("Making the Python environment in .venv")
    if _runs([sys.executable, "-m", "venv", str(VENV)]):
        return inside
    shutil.rmtree(VENV, ignore_errors=True)
    if machine_has_pip and _runs([sys.executable, "-m", "venv", "--without-pip", str(VENV)]):
        return outside
    sys.exit(
        "Python's own installer is missing on this machine: install it (on Debian and Ubuntu: `apt install python3-venv`)"
        " and run the same command again."
    )


def site_packages() -> Path:
    """Return where the environment keeps what is installed."""
    return VENV / "lib" / ("python%d.%d" % sys.version_info[:2]) / "site-packages"


def _runs(command: "list[str]") -> bool:
    return (
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
        == 0
    )


def install(command: "list[str]", requirements: "list[str]") -> "list[str]":
    """Install the sets, showing the name of each package, and return the last lines of what went wrong."""
    # As constraints too: a package with an extra that another one asks for is held to its version only by those.
    files = [
        argument
        for name in requirements
        for option in ("-r", "-c")
        for argument in (option, str(CHECKOUT / "requirements" / (name + ".txt")))
    ]
    arguments = [
        "install",
        "--require-hashes",
        "--prefer-binary",
        "--no-input",
        "--disable-pip-version-check",
        *files,
    ]
    process = subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines = []
    for line in process.stdout or []:
        if line.startswith(("Collecting ", "Installing collected")):
            say("  " + line.split(" (from")[0].split(":")[0].strip())
        lines.append(line.strip())
    return lines[-3:] if process.wait() else []


def set_up(requirements: "list[str]") -> None:
    """Install what is missing, and leave `.venv/bin/rollbook`, which finds the source in this checkout."""
    want = wanted(requirements)
    have = installed()
    if all(have.get(name) == value for name, value in want.items()):
        return
    command = pip()
    say("Installing " + " and ".join("requirements/%s.txt" % name for name in requirements))
    wrong = install(command, requirements)
    for optional in [name for name in requirements if name in OPTIONAL]:
        if wrong and not install(command, [name for name in requirements if name != optional]):
            say(OPTIONAL[optional])
            wrong = []
    if wrong:
        sys.exit("The requirements cannot be installed. The installer said:\n  " + "\n  ".join(wrong))
    (site_packages() / "rollbook-checkout.pth").write_text("%s\n%s\n" % (CHECKOUT / "src", CHECKOUT))
    (VENV / "bin" / "rollbook").write_text(COMMAND)
    (VENV / "bin" / "rollbook").chmod(0o755)
    held = [inner for name in requirements for inner in HOLDS.get(name, [])]
    MARKER.write_text(json.dumps({**have, **want, **wanted(held)}))


def find_browser() -> None:
    """Install Chromium for the browser tests where it is missing and can be; the tests say so where it cannot."""
    if any(map(shutil.which, BROWSERS)):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        say(
            "There is no Chromium on this machine, and only root can install it: the browser tests will not run."
        )
        return
    say("Installing Chromium for the browser tests")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", "-q", *command], stdout=subprocess.DEVNULL, check=False, env=environment)


def main(arguments: "list[str]") -> None:
    """Set up what the arguments name."""
    use_a_new_enough_python()
    try:
        set_up([argument for argument in arguments if not argument.startswith("--")])
    except OSError as error:
        sys.exit("Rollbook cannot be set up in %s: %s (%s)." % (VENV, error.strerror, error.filename))
    if "--browser" in arguments:
        find_browser()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
