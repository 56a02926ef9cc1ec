#!/usr/bin/env python3
"""Starts a web server and, unless another server of the herd has one, its database; ends both when it is told to.

Everything lies below `target/rivals/lamp`: nothing of the system's own servers is read or written, but their programs.

    start.py serve NAME --listen ADDR --database ADDR [--peer NAME=ADDR] [--places SPEC] [--max-clients N]
                  [--application DIR]
    start.py probe      what is missing here; status 1 if anything is
    start.py version
"""

import argparse
import fcntl
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

APPLICATION = Path(__file__).resolve().parent
TARGET = (APPLICATION.parents[2] / os.environ.get("CARGO_TARGET_DIR", "target") / "rivals/lamp").resolve()
MODULES = Path("/usr/lib/apache2/modules")
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
# Debian's own accounts for its servers; only root can take them, and whoever is not root starts servers as itself.
WEB_USER, DATABASE_USER = "www-data", "mysql"
READY_S, END_S, LOOK_S = 30, 10, 0.02
# What a unit of systemd does: a database that was killed is started again after a while.
RESTART_S, MOST_RESTARTS = 1, 5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("probe")
    commands.add_parser("version")
    serve = commands.add_parser("serve")
    serve.add_argument("name")
    serve.add_argument("--listen", required=True, type=address)
    serve.add_argument("--database", required=True, type=address)
    serve.add_argument("--peer", type=lambda text: address(text.partition("=")[2]))
    serve.add_argument("--places", default="none")
    serve.add_argument("--max-clients", type=int, default=64)
    serve.add_argument("--application", type=Path, default=APPLICATION)
    arguments = parser.parse_args()
    if arguments.command == "serve":
        return Servers(arguments).run()
    found = missing() if arguments.command == "probe" else version()
    print(found or "nothing is missing")
    return 1 if arguments.command == "probe" and found else 0


def address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def missing() -> str:
    """What is not here, or an empty text."""
    programs = ["apache2", "mariadbd", "mariadb-install-db", "setpriv"]
    absent = [program for program in programs if not shutil.which(program, path=PATH)]
    if not absent and not php_module():
        absent = ["libapache2-mod-php"]
    if not absent and not list(Path("/usr/lib/php").glob("*/pdo_mysql.so")):
        absent = ["php-mysql"]
    if absent:
        return f"there is no {', '.join(absent)}"
    TARGET.mkdir(parents=True, exist_ok=True)
    for user, path in [(WEB_USER, APPLICATION), (WEB_USER, TARGET), (DATABASE_USER, TARGET)]:
        if subprocess.run([*as_user(user), "test", "-x", path], env={"PATH": PATH}, check=False).returncode != 0:
            return f"the account {user} cannot reach {path}"
    return ""


def version() -> str:
    apache = re.search(r"Apache/([\d.]+)", said("apache2", "-v"))
    database = re.search(r"([\d.]+)-MariaDB", said("mariadbd", "--no-defaults", "--version"))
    php = re.search(r"libphp([\d.]+)\.so", str(php_module()))
    found = zip(("Apache", "PHP", "MariaDB"), (apache, php, database))
    return ", ".join(f"{name} {match[1]}" for name, match in found if match)


def said(*command: str) -> str:
    return subprocess.run(command, env={"PATH": PATH}, capture_output=True, text=True, check=True).stdout


def php_module() -> Path | None:
    return next(iter(sorted(MODULES.glob("libphp*.so"))), None)


def as_user(user: str) -> list[str]:
    """The beginning of a command that runs as this account and ends with this process."""
    ends = ["setpriv", "--pdeathsig", "TERM"]
    return ends if os.getuid() else [*ends, "--reuid", user, "--regid", user, "--clear-groups"]


def give(path: Path, user: str) -> Path:
    """Makes a directory, and this account its owner."""
    path.mkdir()
    if not os.getuid():
        owner = pwd.getpwnam(user)
        os.chown(path, owner.pw_uid, owner.pw_gid)
    return path


class Servers:
    """A web server, perhaps its database, and the directory that both live in."""

    def __init__(self, arguments: argparse.Namespace):
        self.arguments = arguments
        self.application = arguments.application.resolve()
        self.home = TARGET / f"run-{os.getpid()}"
        self.database: subprocess.Popen | None = None
        self.web: subprocess.Popen | None = None
        self.is_ending = False

    def run(self) -> int:
        if reason := missing():
            sys.exit(f"lamp: {reason}")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.end)
        sweep()
        self.home.mkdir()
        try:
            return self.serve()
        finally:
            self.stop()
            shutil.rmtree(self.home, ignore_errors=True)

    def end(self, *_: object) -> None:
        self.is_ending = True

    def serve(self) -> int:
        database = self.arguments.peer or free(self.arguments.database)
        if not self.arguments.peer:
            copy_template(self.home)
            self.database = self.start_database(database)
        listen = free(self.arguments.listen)
        self.web = self.start_web(listen, database)
        if self.is_ending:
            return 0
        spelt = [f"{host}:{port}" for host, port in (listen, database)]
        print("ready", self.arguments.name, spelt[0], "-" if self.arguments.peer else spelt[1], "-", flush=True)
        restarts = 0
        while not self.is_ending:
            time.sleep(LOOK_S)
            if self.web.poll() is not None:
                sys.exit(f"lamp: the web server ended with status {self.web.returncode}")
            if self.database and self.database.poll() is not None and not self.is_ending:
                if (restarts := restarts + 1) > MOST_RESTARTS:
                    sys.exit(f"lamp: the database ended {restarts} times")
                print(f"the database ended with status {self.database.returncode}", file=sys.stderr, flush=True)
                time.sleep(RESTART_S)
                self.database = self.start_database(database)
        return 0

    def start_database(self, listen: tuple[str, int]) -> subprocess.Popen:
        data = self.home / "data"
        command = [
            *as_user(DATABASE_USER), "mariadbd", f"--defaults-file={self.application}/mariadb.cnf", f"--datadir={data}",
            f"--init-file={self.application}/schema.sql", f"--port={listen[1]}", "--socket=mariadb.sock",
            f"--pid-file={data}/mariadb.pid", f"--log-error={data}/mariadb.log", f"--tmpdir={data}",
        ]
        return self.started(command, {}, data / "mariadb.log", lambda: greets(listen))

    def start_web(self, listen: tuple[str, int], database: tuple[str, int]) -> subprocess.Popen:
        home = give(self.home / "web", WEB_USER)
        settings = {
            "LAMP_RUN": home,
            "LAMP_APPLICATION": self.application,
            "LAMP_MODULES": MODULES,
            "LAMP_PHP": php_module(),
            "LAMP_LISTEN": f"{listen[0]}:{listen[1]}",
            "LAMP_PROCESSES": self.arguments.max_clients,
            "LAMP_NAME": self.arguments.name,
            "LAMP_DATABASE": f"{database[0]}:{database[1]}",
            "LAMP_PLACES": self.arguments.places,
            # An empty one: no file of the system's beside php.ini.
            "PHP_INI_SCAN_DIR": "",
        }
        command = [*as_user(WEB_USER), "apache2", "-f", str(self.application / "apache.conf"), "-D", "FOREGROUND"]
        return self.started(command, settings, home / "apache.log", lambda: connects(listen))

    def started(self, command: list[str], settings: dict, log: Path, is_ready) -> subprocess.Popen:
        """Starts a program and waits until it is ready; says what it logged where it does not become so."""
        environment = {"PATH": PATH, "LANG": "C.UTF-8", **{name: str(value) for name, value in settings.items()}}
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr)
        deadline = time.monotonic() + READY_S
        while not is_ready() and not self.is_ending:
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                told = log.read_text(errors="replace").splitlines()[-8:] if log.exists() else []
                sys.exit("\n".join([*told, f"lamp: {command[command.index('TERM') + 1:]} does not start"]))
            time.sleep(LOOK_S)
        return process

    def stop(self) -> None:
        """Ends the web server, then the database; by force where they take too long."""
        for process in filter(None, (self.web, self.database)):
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free(listen: tuple[str, int]) -> tuple[str, int]:
    """The address, with a port that nobody listens on where it has none."""
    host, port = listen
    if port:
        return listen
    with socket.create_server((host, 0)) as probe:
        return probe.getsockname()[:2]


def connects(listen: tuple[str, int]) -> bool:
    try:
        socket.create_connection(listen, 1).close()
    except OSError:
        return False
    return True


def greets(listen: tuple[str, int]) -> bool:
    """A database listens before it can answer; its first bytes come when it can."""
    try:
        with socket.create_connection(listen, 1) as connection:
            connection.settimeout(READY_S)
            return bool(connection.recv(1))
    except OSError:
        return False


@contextmanager
def locked():
    """One at a time makes the template."""
    with open(TARGET / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def copy_template(home: Path) -> None:
    """An empty database: made once for each version of MariaDB, then copied, which takes a tenth of the time."""
    template = TARGET / f"template-{said('mariadbd', '--no-defaults', '--version').split()[2]}"
    with locked():
        if not template.exists():
            making = TARGET / "making"
            shutil.rmtree(making, ignore_errors=True)
            give(making, DATABASE_USER)
            make = ["mariadb-install-db", "--no-defaults", f"--datadir={making}", "--skip-test-db",
                    "--auth-root-authentication-method=normal", "--innodb-log-file-size=64M"]
            done = subprocess.run([*as_user(DATABASE_USER), *make], env={"PATH": PATH}, capture_output=True, text=True,
                                  check=False)
            if done.returncode:
                sys.exit(f"{done.stdout[-2000:]}{done.stderr[-2000:]}lamp: mariadb-install-db fails")
            making.rename(template)
    subprocess.run(["cp", "--archive", "--sparse=always", "--reflink=auto", template, home / "data"], check=True)


def sweep() -> None:
    """Throws away what servers that were killed have left."""
    for home in TARGET.glob("run-*"):
        if not Path(f"/proc/{home.name.removeprefix('run-')}").exists():
            shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
