#!/usr/bin/env python3
"""`asyncio_server.py`, but each line of a client is a task of its own: what whoever fears that asyncio handles messages out
of order has in mind. It breaks PROTOCOL section 1.7, so it does not race; the experiment `order` counts how often.

With `--log` each line is written to a file before it is carried out, by a thread, so that the loop does not wait for the
disk: the usual way, and a place where another task may go first.
"""

import asyncio
import sys
import tempfile

import asyncio_server

LINES_AT_ONCE = 64  # of one client


class Session(asyncio_server.Session):
    """One client. Its lines are answered in the order in which their tasks come to it."""

    log = None

    def __init__(self, server: asyncio_server.Server):
        super().__init__(server)
        self.tasks: set[asyncio.Task] = set()

    def answer(self) -> None:
        lines = self.unread.split(b"\n")
        self.unread = lines.pop()
        if asyncio_server.is_oversized(self.unread):
            self.linger(b"? " + self.unread[: asyncio_server.MAX_LINE])
        for line in lines:
            task = self.loop.create_task(self.answer_line(line))
            self.tasks.add(task)  # the loop itself keeps only weak references
            task.add_done_callback(self.finish)

    async def answer_line(self, line: bytes) -> None:
        if self.log:
            await asyncio.to_thread(self.log.write, line + b"\n")
        reply = self.server.execute(line)
        if type(reply) is not bytes:
            reply = await self.server.ask_places(*reply)
        if not self.transport.is_closing():
            self.transport.write(reply + b"\n")

    def finish(self, task: asyncio.Task) -> None:
        self.tasks.discard(task)
        if self.server.draining:
            self.drain()
        self.proceed()

    def is_held(self) -> bool:
        return bool(len(self.tasks) >= LINES_AT_ONCE or self.full or self.closing)

    def proceed(self) -> None:
        if self.unread and not self.is_held():
            self.answer()
        if self.eof and not self.tasks and not self.closing:
            self.transport.close()
        elif not self.is_held() and not self.eof:
            self.transport.resume_reading()

    def drain(self) -> None:
        if not (self.tasks or self.closing):
            self.linger(b"ERR shutting down")


def main() -> None:
    if "--log" in sys.argv:
        sys.argv.remove("--log")
        Session.log = tempfile.TemporaryFile(buffering=0)
    asyncio_server.Session = Session
    asyncio_server.main()


if __name__ == "__main__":
    main()
