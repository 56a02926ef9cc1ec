#!/usr/bin/env bash
# What a request costs the client: this generator against its null server, redis-benchmark against Redis, in turn.
#
#   loadgen/benches/against-redis.sh [PAIRS] [REQUESTS]      10 pairs of 500,000 requests each, at depth 1 and 16
#
# Both drive a closed loop over 50 connections from one thread; this generator also checks every reply and records six
# times of each request. The order within a pair alternates. Printed are the processor time (user + system) of the client
# process per request as `wait4` gives it, the median ratio of the pairs, and the interval of order statistics around it
# that covers it with at least 95 %. Installs nothing, and ends what it starts.
set -euo pipefail
cd "$(dirname "$0")/../.."

pairs=${1:-10}
requests=${2:-500000}
for program in redis-server redis-benchmark redis-cli python3; do
    command -v "$program" >/dev/null || {
        echo "against-redis: $program is missing: apt-get install redis python3" >&2
        exit 2
    }
done
loadgen=${LOADGEN:-target/release/loadgen}
if [ -z "${LOADGEN:-}" ]; then
    cargo build --quiet --release --package loadgen
fi

exec python3 - "$loadgen" "$pairs" "$requests" <<'PYTHON'
import json
import math
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

LOADGEN, PAIRS, REQUESTS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
CONNECTIONS = "50"
DEADLINE_S = 10


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def redis(folder):
    """Starts a Redis that keeps nothing, and waits until it answers."""
    port = str(free_port())
    flags = ["--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
    server = subprocess.Popen(["redis-server", *flags], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + DEADLINE_S
    while subprocess.run(["redis-cli", "-p", port, "ping"], capture_output=True).returncode != 0:
        if server.poll() is not None or time.monotonic() > deadline:
            sys.exit("against-redis: redis-server does not answer")
        time.sleep(0.05)
    return server, port


def null():
    """Starts the null server, and reads where it listens."""
    flags = ["--model", "epoll", "--workers", "1", "--echo", "--listen", "127.0.0.1:0"]
    server = subprocess.Popen([LOADGEN, "null", *flags], stdout=subprocess.PIPE, text=True)
    return server, server.stdout.readline().split()[-1]


def cpu_us(command):
    """Runs a client; its processor time in microseconds."""
    client = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(client.pid, 0)
    client.returncode = os.waitstatus_to_exitcode(status)
    if client.returncode != 0:
        sys.exit(f"against-redis: {' '.join(command)} ended with {client.returncode}")
    return (usage.ru_utime + usage.ru_stime) * 1e6


def of_redis(port, depth):
    """redis-benchmark's time per request."""
    flags = ["-p", port, "-t", "set", "-c", CONNECTIONS, "-n", str(REQUESTS), "-P", str(depth), "-q"]
    return cpu_us(["redis-benchmark", *flags]) / REQUESTS


def of_loadgen(target, depth, folder):
    """This generator's time per right reply; what the probe for stalls spins is no part of it."""
    path = os.path.join(folder, "run.json")
    load = ["--closed", "--connections", CONNECTIONS, "--depth", str(depth), "--requests", str(REQUESTS)]
    rest = ["--duration", "10m", "--warmup", "0s", "--stall-probe", "0s", "--json", path]
    spent_us = cpu_us([LOADGEN, "run", "--target", target, *load, *rest])
    with open(path) as file:
        run = json.load(file)
    right = run["requests"] - sum(run["faults"].values())
    if right != REQUESTS:
        sys.exit(f"against-redis: {right} of {REQUESTS} requests were answered rightly")
    return spent_us / right


def interval(ratios):
    """The narrowest symmetric pair of order statistics that covers the median with at least 95 %, and its coverage."""
    ratios, n = sorted(ratios), len(ratios)
    below = 0.0
    best = None
    for rank in range(n // 2):
        below += math.comb(n, rank) / 2**n
        if 1 - 2 * below >= 0.95:
            best = (ratios[rank], ratios[n - 1 - rank], 1 - 2 * below)
    return best


def machine():
    with open("/proc/cpuinfo") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    load = " ".join(f"{load:.2f}" for load in os.getloadavg())
    return f"{len(os.sched_getaffinity(0))} of {models[0] if models else '?'}, {platform.release()}, load {load}"


def compare(depth, port, target, folder):
    ratios, ours, theirs = [], [], []
    for pair in range(PAIRS):
        sides = [lambda: ours.append(of_loadgen(target, depth, folder)), lambda: theirs.append(of_redis(port, depth))]
        for side in sides if pair % 2 == 0 else reversed(sides):
            side()
        ratios.append(ours[-1] / theirs[-1])
    found = interval(ratios)
    bounds = f"[{found[0]:.2f}, {found[1]:.2f}] at {found[2]:.1%}" if found else "too few pairs for an interval"
    print(f"depth {depth:>2}: loadgen {statistics.median(ours):.2f} µs, redis-benchmark {statistics.median(theirs):.2f} µs"
          f" a request; median ratio {statistics.median(ratios):.2f} {bounds}, {PAIRS} pairs", flush=True)


def main():
    # An end from outside passes through the clean-up below.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(f"{machine()}; {subprocess.check_output(['redis-server', '--version'], text=True).split(' sha')[0]}")
    servers = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            server, port = redis(folder)
            servers.append(server)
            server, target = null()
            servers.append(server)
            for depth in (1, 16):
                compare(depth, port, target, folder)
        finally:
            for server in servers:
                server.terminate()
                server.wait()


main()
PYTHON
