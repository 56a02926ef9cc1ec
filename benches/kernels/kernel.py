"""Python's kernel: README.md says what it does."""

import gc
import signal
import sys
import threading
import time

HELD, LOOK, UNITS, STEPS = 200_000, 256, 8, 500_000


class Object:
    __slots__ = ("time", "latitude", "longitude")

    def __init__(self, n: int):
        self.time, self.latitude, self.longitude = n, n * 0.5, n * 0.25


class Collections:
    """The collector's work, as `gc.callbacks` tells it."""

    def __init__(self):
        self.total_ns = self.longest_ns = self.began_ns = 0
        gc.callbacks.append(self.tell)

    def tell(self, phase: str, _info: dict) -> None:
        if phase == "start":
            self.began_ns = time.perf_counter_ns()
            return
        length = time.perf_counter_ns() - self.began_ns
        self.total_ns += length
        self.longest_ns = max(self.longest_ns, length)


def allocate(count: int) -> None:
    collections = Collections()
    held: list[Object | None] = [None] * HELD
    began = last = time.perf_counter_ns()
    longest = 0
    for n in range(count):
        held[n % HELD] = Object(n)
        if n % LOOK == 0:
            now = time.perf_counter_ns()
            longest = max(longest, now - last)
            last = now
    wall = time.perf_counter_ns() - began
    total, pause = collections.total_ns, collections.longest_ns
    check = sum(one.time + one.latitude + one.longitude for one in held if one)
    values = f"wall_ms={wall / 1e6} collection_ms={total / 1e6} longest_pause_ms={pause / 1e6}"
    print(f"ready {values} longest_gap_ms={longest / 1e6} check={check}", flush=True)


def compute(count: int) -> None:
    """The units are shared out evenly; each is the same work, and none shares memory with another."""
    began = time.perf_counter_ns()
    results = [0] * count
    workers = [threading.Thread(target=work, args=(UNITS // count, results, own)) for own in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(f"ready wall_ms={(time.perf_counter_ns() - began) / 1e6} check={sum(results)}", flush=True)


def work(units: int, results: list[int], own: int) -> None:
    x = 1
    for step in range(units * STEPS):
        x = (x * 31 + step) & 0x3FFFFFFF
    results[own] = x


def main() -> None:
    match sys.argv[1:]:
        case ["allocate", count]:
            allocate(int(count))
        case ["allocate-uncollected", count]:
            gc.disable()
            allocate(int(count))
        case ["compute", count]:
            compute(int(count))
        case _:
            sys.exit("usage: kernel.py allocate OBJECTS | allocate-uncollected OBJECTS | compute THREADS")
    signal.pause()


main()
