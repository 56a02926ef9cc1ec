#!/usr/bin/env python3
"""`asyncio_server.py`, but each client has a coroutine that awaits its lines, through streams, where that server has callbacks:
what the two cost by connections is one part of claim 11. It speaks what the assignment asks for; of lines that are no commands it
knows less than that server, so that it is a contrast, and no rival.
"""

import asyncio

import asyncio_server
from asyncio_server import IDLE, LINGER, MAX_LINE


class Session:
    """One client, as a coroutine that reads a line, answers it, and waits for the next one."""

    def __init__(self, server: asyncio_server.Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.server, self.reader, self.writer = server, reader, writer
        self.task: asyncio.Task | None = None
        self.is_waiting = False  # for a line, and for nothing else

    async def run(self) -> None:
        self.task = asyncio.current_task()
        if len(self.server.sessions) >= self.server.max_clients:
            return await self.close(b"ERR too many clients")
        self.server.sessions.add(self)
        try:
            last_line = await self.converse()
            await self.close(last_line)
        except OSError:
            self.writer.transport.abort()
        finally:
            self.server.sessions.discard(self)

    async def converse(self) -> bytes:
        """Answers line by line; why the server ends it, or nothing where the client does."""
        while not self.server.draining:
            self.is_waiting = True
            try:
                async with asyncio.timeout(IDLE):
                    line = await self.reader.readuntil(b"\n")
            except asyncio.IncompleteReadError as end:
                if not end.partial:
                    return b""
                line = end.partial + b"\n"  # a last line without terminator is a line
            except asyncio.LimitOverrunError:
                return b"? " + await self.reader.read(MAX_LINE)
            except TimeoutError:
                return b"ERR idle timeout"
            except asyncio.CancelledError:
                self.task.uncancel()  # by `drain`, which alone cancels it
                break
            finally:
                self.is_waiting = False
            if asyncio_server.is_oversized(line[:-1]):
                return b"? " + line[:MAX_LINE]
            reply = self.server.execute(line[:-1])
            if type(reply) is not bytes:
                reply = await self.server.ask_places(*reply)
            self.writer.write(reply + b"\n")
            await self.writer.drain()
        return b"ERR shutting down"

    async def close(self, last_line: bytes) -> None:
        """Section 6: says why, closes the sending side, and reads on so that no reset destroys what was said."""
        if last_line:
            self.writer.write(last_line + b"\n")
            self.writer.write_eof()
            try:
                async with asyncio.timeout(LINGER):
                    while await self.reader.read(MAX_LINE):
                        pass
            except TimeoutError:
                pass
        self.writer.close()

    def drain(self) -> None:
        if self.is_waiting:
            self.task.cancel()


def session(server: asyncio_server.Server) -> asyncio.Protocol:
    reader = asyncio.StreamReader(limit=MAX_LINE + 2, loop=server.loop)
    return asyncio.StreamReaderProtocol(reader, lambda reader, writer: Session(server, reader, writer).run(), server.loop)


if __name__ == "__main__":
    asyncio_server.Session = session
    asyncio_server.main()
