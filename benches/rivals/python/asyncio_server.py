#!/usr/bin/env python3
"""A server of the herd on one asyncio event loop; standard library only (uvloop on request).

A client is an `asyncio.Protocol`, answered where its bytes arrive; peers and places, where waiting is the work, are
coroutines on streams. The protocol is src/protocol/PROTOCOL.md; "section N" below is a section of it.
`threaded_server.py` is the twin of this file.
"""

import argparse
import asyncio
import json
import logging
import os
import random
import re
import resource
import signal
import socket
import sys
import time
from contextlib import suppress
from decimal import Decimal
from urllib.parse import quote, urlsplit

MAX_LINE, MAX_PEER_LINE, MAX_KNOWN = 4096, 1024, 1_000_000
MAX_FUTURE_SKEW_NS = 86_400 * 10**9
MAX_LINGERING, MAX_HANDSHAKES, BACKLOG, RESERVED_DESCRIPTORS = 64, 16, 4096, 32
QUEUE, BATCH = 4096, 1024
IDLE, WRITE, LINGER, DRAIN = 300, 10, 2, 10  # seconds, like all that follow
DIAL, HANDSHAKE, SILENCE, ACK, LINK_IDLE = 1, 2, 15, 10, 30
BACKOFF_MIN, BACKOFF_MAX, BACKOFF_RESET, WAKE_INTERVAL = 0.1, 30, 10, 0.1
PLACES_CONNECT, PLACES_CALL, MAX_BODY = 2, 5, 1 << 20
CHUNK = 1 << 16

# In a bytes pattern \s is the six bytes that the protocol calls white space, and \d is 0 to 9. The patterns hold the
# ranges too, so no number of a client ever becomes a float.
NAME = rb"[A-Za-z][A-Za-z0-9_-]{0,63}"
LATITUDE = rb"[+-](?:[0-8]?\d(?:\.\d{1,15})?|90(?:\.0{1,15})?)"
LONGITUDE = rb"[+-](?:(?:1[0-7]\d|0?\d{1,2})(?:\.\d{1,15})?|180(?:\.0{1,15})?)"
TIME = rb"\d{1,10}(?:\.\d{1,9})?"
RADIUS = rb"[0-4]?\d(?:\.\d{1,9})?|50(?:\.0{1,9})?"
match_iamat = re.compile(rb"\s*IAMAT\s+(\S{1,256})\s+(%b%b)\s+(%b)\s*" % (LATITUDE, LONGITUDE, TIME)).fullmatch
match_whatsat = re.compile(rb"\s*WHATSAT\s+(\S{1,256})\s+(%b)\s+([01]?\d|20)\s*" % RADIUS).fullmatch
match_at = re.compile(rb"AT %b [+-]\d{1,11}\.\d{9} (\S{1,256}) %b%b (%b)" % (NAME, LATITUDE, LONGITUDE, TIME)).fullmatch
match_location = re.compile(rb"\+?(-?[\d.]+)\+?(-?[\d.]+)").fullmatch

LINK_ERRORS = (OSError, EOFError, ValueError, asyncio.LimitOverrunError)
log = logging.getLogger("herd")


def parse_time(text: bytes) -> int:
    """Nanoseconds since the epoch."""
    seconds, _, fraction = text.partition(b".")
    return int(seconds + fraction.ljust(9, b"0"))


def parse_location(text: bytes) -> tuple[bytes, bytes]:
    """Latitude and longitude in the client's own digits, without a plus sign."""
    return match_location(text).groups()


def format_skew(skew_ns: int) -> bytes:
    digits = b"%+011d" % skew_ns
    return digits[:-9] + b"." + digits[-9:]


def format_metres(radius_km: bytes) -> bytes:
    return format((Decimal(radius_km.decode()) * 1000).normalize(), "f").encode()


def is_oversized(line: bytes) -> bool:
    """Of a line without its LF; a last CR may belong to the terminator."""
    return len(line.removesuffix(b"\r")) > MAX_LINE


def foreign_line(data: bytes) -> bytes | None:
    """The first line of a client that speaks TLS, ended or not, or HTTP."""
    line, lf, _ = data.partition(b"\n")
    line = line.removesuffix(b"\r") if lf else line
    is_http = bool(lf) and line.rpartition(b" ")[2].startswith(b"HTTP/") and b" " in line
    return line[:MAX_LINE] if is_http or data.startswith(b"\x16\x03") else None


def explain(error: Exception) -> str:
    return "closed by the peer" if isinstance(error, EOFError) else str(error) or type(error).__name__


class Session(asyncio.Protocol):
    """One client. Its lines are answered in order; the replies to one segment are one write."""

    def __init__(self, server: "Server"):
        self.server, self.loop = server, server.loop
        self.unread = b""  # what has arrived and is not answered yet
        self.task: asyncio.Task | None = None  # asks places for the line in hand
        self.full = self.eof = self.closing = self.refused = self.has_spoken = False

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport, self.heard = transport, self.loop.time()
        self.idle_timer = self.loop.call_later(IDLE, self.check_idle)
        transport.set_write_buffer_limits(0)  # so that `full` says: the kernel takes no more
        if len(self.server.sessions) < self.server.max_clients:
            self.server.sessions.add(self)
            return
        self.refused = True
        self.server.refused += 1
        if self.server.refused > MAX_LINGERING:
            transport.abort()
        else:
            self.linger(b"ERR too many clients")

    def connection_lost(self, _error: Exception | None) -> None:
        self.closing = True
        self.idle_timer.cancel()
        if self.task:
            self.task.cancel()
        self.server.refused -= self.refused
        self.server.sessions.discard(self)

    def data_received(self, data: bytes) -> None:
        if self.closing:
            return
        self.heard = self.loop.time()
        self.unread += data
        if self.is_held():
            self.transport.pause_reading()
        else:
            self.answer()

    def eof_received(self) -> bool:
        self.eof = True
        if self.unread and not self.unread.endswith(b"\n"):
            self.unread += b"\r\n"  # a last line without terminator is a line
        self.proceed()
        return not self.closing  # True: `proceed` closes

    def answer(self) -> None:
        """Answers what has arrived, up to a line for which places must be asked."""
        if not self.has_spoken:
            if (line := foreign_line(self.unread)) is not None:
                return self.linger(b"? " + line)
            self.has_spoken = b"\n" in self.unread
        lines, replies, oversized = self.unread.split(b"\n"), [], None
        partial = lines.pop()
        waiting = iter(lines)
        for line in waiting:
            if len(line) > MAX_LINE and is_oversized(line):
                oversized = line
                break
            reply = self.server.execute(line)
            if type(reply) is not bytes:
                self.task = self.loop.create_task(self.ask_places(reply))
                break
            replies.append(reply)
        else:
            oversized = partial if is_oversized(partial) else None
        self.unread = b"\n".join([*waiting, partial])
        if replies:
            replies.append(b"")
            self.transport.write(b"\n".join(replies))
        if oversized:
            self.linger(b"? " + oversized[:MAX_LINE])

    async def ask_places(self, question: tuple[bytes, bytes, int]) -> None:
        reply = await self.server.ask_places(*question)
        self.task = None
        self.transport.write(reply + b"\n")
        if self.server.draining:
            self.drain()
        self.proceed()

    def is_held(self) -> bool:
        """Whether places or a full socket stand in the way of the next line, or there is no next line."""
        return bool(self.task or self.full or self.closing)

    def proceed(self) -> None:
        if not self.is_held():
            self.answer()
        if not self.is_held():
            self.transport.close() if self.eof else self.transport.resume_reading()

    def pause_writing(self) -> None:
        self.full = True
        self.write_timer = self.loop.call_later(WRITE, self.transport.abort)

    def resume_writing(self) -> None:
        self.full = False
        self.write_timer.cancel()
        self.proceed()

    def check_idle(self) -> None:
        left = self.heard + IDLE - self.loop.time()
        if left > 0 or self.task:
            self.idle_timer = self.loop.call_later(max(left, 1), self.check_idle)
        elif not self.closing:
            self.linger(b"ERR idle timeout")

    def linger(self, last_line: bytes) -> None:
        """Section 6: says why, closes the sending side, and reads on so that no reset destroys what was said."""
        self.closing, self.unread = True, b""
        if not self.transport.is_closing():
            self.transport.write(last_line + b"\n")
            self.transport.write_eof()
            self.transport.resume_reading()
            self.loop.call_later(LINGER, self.transport.abort)

    def drain(self) -> None:
        if not (self.task or self.closing):
            self.linger(b"ERR shutting down")


class Link:
    """The sending half of an edge: what waits for one neighbour, and how far the walk of the store has come."""

    def __init__(self, server: "Server", name: bytes, address: tuple[str, int]):
        self.server, self.name, self.address = server, name, address
        self.queue: list[bytes] = []
        self.up = self.walk_marked = self.woken = self.obeying = False
        self.walk_at = self.walk_left = self.walk_length = 0
        self.news = asyncio.Event()
        self.last_woken = 0.0

    def open(self) -> None:
        self.up, self.walk_marked, self.walk_left = True, True, 0

    def close(self) -> None:
        # A wake that only showed this link dead is for the next one.
        self.woken |= self.up and self.obeying
        self.up = self.obeying = False
        self.queue.clear()

    def push(self, line: bytes) -> None:
        if len(self.queue) < QUEUE:
            self.queue.append(line)
        else:
            self.walk_marked = True
        self.news.set()

    def wake(self) -> None:
        self.woken = True
        self.news.set()

    async def wait(self, seconds: float) -> None:
        """Until there are records or a wake, at most so long; wakes count only every 100 ms."""
        end = time.monotonic() + seconds
        while not self.queue:
            due = min(end, self.last_woken + WAKE_INTERVAL) if self.woken else end
            if (left := due - time.monotonic()) <= 0:
                break
            self.news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self.news.wait()
        if self.woken:
            self.woken, self.obeying, self.last_woken = False, self.up, time.monotonic()

    def next_batch(self) -> list[bytes]:
        """What is queued, then records of the full sync (section 5, "Full sync and queue")."""
        lines = self.queue[:BATCH]
        del self.queue[:BATCH]
        clients, records = self.server.clients, self.server.records
        if self.walk_marked and not self.walk_left and not self.server.draining:
            self.walk_marked, self.walk_left, self.walk_length = False, len(clients), len(clients)
        for _ in range(min(BATCH - len(lines), self.walk_left)):
            lines.append(records[clients[self.walk_at % self.walk_length]][1])
            self.walk_at = (self.walk_at + 1) % self.walk_length
            self.walk_left -= 1
        return lines


class PlacesError(Exception):
    """A call that failed: status and error_message for the document."""


class GoogleLegacy:
    """Nearby Search over keep-alive connections, as many as may be in flight."""

    def __init__(self, base: str, in_flight: int, key: str):
        url = urlsplit(base)
        self.target = f"{url.path.rstrip('/')}/maps/api/place/nearbysearch/json".encode()
        self.fields = f"HTTP/1.1\r\nHost: {url.netloc}\r\nAccept: application/json\r\n\r\n".encode()
        self.address = {"host": url.hostname, "port": url.port or url.scheme, "ssl": url.scheme == "https" or None}
        self.key = f"&key={quote(key, safe='')}".encode() if key else b""
        self.slots = asyncio.Semaphore(in_flight)
        self.idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def nearby(self, location: bytes, radius_km: bytes, bound: int) -> bytes:
        """The document, also when the call failed."""
        query = b"?location=%b,%b&radius=%b%b" % (*parse_location(location), format_metres(radius_km), self.key)
        try:
            async with asyncio.timeout(PLACES_CALL), self.slots:
                status, body = await self.call(b"GET %b%b %b" % (self.target, query, self.fields))
            return cut_document(status, body, bound)
        except PlacesError as error:
            return format_document(*error.args)
        except TimeoutError:
            return format_document("UNKNOWN_ERROR", "no answer from places in time")
        except LINK_ERRORS as error:
            return format_document("UNKNOWN_ERROR", f"the call to places failed: {type(error).__name__}")

    async def call(self, request: bytes) -> tuple[int, bytes]:
        """Asks over an idle connection, or over a new one when the idle ones turn out to be closed."""
        while self.idle:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                return await self.exchange(*self.idle.pop(), request)
        async with asyncio.timeout(PLACES_CONNECT):
            connection = await asyncio.open_connection(**self.address)
        return await self.exchange(*connection, request)

    async def exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes):
        keep = False
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            body = await read_body(reader, head)
            keep = head.startswith(b"http/1.1") and not re.search(rb"\r\nconnection:\s*close", head)
            return int(head.split()[1]), body
        finally:
            self.idle.append((reader, writer)) if keep else writer.close()


async def read_body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    body = b""
    if re.search(rb"\r\ntransfer-encoding:\s*chunked", head):
        while size := check_size(len(body), int(await reader.readuntil(b"\r\n"), 16)):
            body += (await reader.readexactly(size + 2))[:-2]
        while await reader.readuntil(b"\r\n") != b"\r\n":
            pass  # trailers
        return body
    if length := re.search(rb"\r\ncontent-length:\s*(\d+)", head):
        return await reader.readexactly(check_size(0, int(length[1])))
    while data := await reader.read(CHUNK):  # the body ends with the connection
        check_size(len(body), len(data))
        body += data
    return body


def check_size(received: int, more: int) -> int:
    if not 0 <= received + more <= MAX_BODY:
        raise PlacesError("UNKNOWN_ERROR", "places sent more than 1 MiB")
    return more


def cut_document(status: int, body: bytes, bound: int) -> bytes:
    """The provider's document with at most `bound` results. No message of the provider's: it might hold the key."""
    if status != 200:
        reason = {401: "REQUEST_DENIED", 403: "REQUEST_DENIED", 429: "OVER_QUERY_LIMIT"}.get(status, "UNKNOWN_ERROR")
        raise PlacesError(reason, f"places answered with HTTP status {status}")
    try:
        document = {"html_attributions": []} | json.loads(body)
        results, verdict = document["results"], document["status"]
        if verdict not in ("OK", "ZERO_RESULTS"):
            reason = verdict if verdict in ("OVER_QUERY_LIMIT", "REQUEST_DENIED") else "UNKNOWN_ERROR"
            raise PlacesError(reason, f"places answered with an error, {reason}")
        document["results"] = results[:bound]
        if len(results) > bound:
            document.pop("next_page_token", None)
        return json.dumps(document, allow_nan=False).encode()  # one line, so the rule on LFs in section 3 is kept
    except (ValueError, KeyError, TypeError, RecursionError):
        raise PlacesError("UNKNOWN_ERROR", "places answered with a malformed body") from None


def format_document(status: str, error_message: str = "") -> bytes:
    document = {"html_attributions": [], "results": [], "status": status}
    return json.dumps(document | ({"error_message": error_message} if error_message else {})).encode()


ZERO_RESULTS = format_document("ZERO_RESULTS")


class Server:
    """What one server knows, what it does with a line, and its links."""

    def __init__(self, name: bytes, places: GoogleLegacy | None, max_clients: int):
        self.name, self.places, self.max_clients = name, places, max_clients
        self.records: dict[bytes, tuple[int, bytes]] = {}  # client: (time in ns, AT line), which is the merge order
        self.clients: list[bytes] = []  # in order of arrival, so that a walk is a position
        self.links: dict[bytes, Link] = {}
        self.inbound: dict[bytes, asyncio.Task] = {}
        self.accepted: set[asyncio.Task] = set()
        self.sessions: set[Session] = set()
        self.refused = self.handshakes = 0
        self.draining = False

    def execute(self, line: bytes) -> bytes | tuple[bytes, bytes, int]:
        """The reply without its last LF, or the question for places."""
        if match := match_iamat(line):
            reply = self.handle_iamat(*match.groups())
        elif match := match_whatsat(line):
            reply = self.handle_whatsat(*match.groups())
        else:
            reply = None
        return reply or b"? " + line.removesuffix(b"\r")

    def handle_iamat(self, client: bytes, location: bytes, stamp: bytes) -> bytes | None:
        time_ns = parse_time(stamp)
        skew_ns = time.time_ns() - time_ns
        if skew_ns < -MAX_FUTURE_SKEW_NS or (client not in self.records and len(self.records) >= MAX_KNOWN):
            return None
        line = b"AT %b %b %b %b %b" % (self.name, format_skew(skew_ns), client, location, stamp)
        self.merge(client, (time_ns, line), None)
        return line

    def handle_whatsat(self, client: bytes, radius_km: bytes, bound: bytes) -> bytes | tuple[bytes, bytes, int] | None:
        record = self.records.get(client)
        if record is None:
            return None
        if self.places is None or not radius_km.strip(b"0.") or not int(bound):
            return b"%b\n%b\n" % (record[1], ZERO_RESULTS)
        return record[1], radius_km, int(bound)

    async def ask_places(self, line: bytes, radius_km: bytes, bound: int) -> bytes:
        return b"%b\n%b\n" % (line, await self.places.nearby(line.split(b" ")[4], radius_km, bound))

    def merge(self, client: bytes, record: tuple[int, bytes], came_from: bytes | None) -> None:
        known = self.records.get(client)
        if known is None:
            self.clients.append(client)
        elif record <= known:
            return
        self.records[client] = record
        self.flood(record[1], came_from)

    def flood(self, line: bytes, came_from: bytes | None) -> None:
        for name, link in self.links.items():
            if link.up and name != came_from:
                link.push(line)

    async def dial(self, link: Link) -> None:
        """Keeps the link to a neighbour, until the server drains."""
        backoff = BACKOFF_MIN
        while not self.draining:
            started = time.monotonic()
            try:
                await self.run_link(link)
            except LINK_ERRORS as error:
                log.info("link to %s down: %s", link.name.decode(), explain(error))
            if time.monotonic() - started >= BACKOFF_RESET:
                backoff = BACKOFF_MIN
            if not self.draining:
                await link.wait(backoff * random.uniform(0.5, 1))
            backoff = min(backoff * 2, BACKOFF_MAX)

    async def run_link(self, link: Link) -> None:
        async with asyncio.timeout(DIAL):
            reader, writer = await asyncio.open_connection(*link.address)
        try:
            writer.write(b"HELLO %b %b herd/1\n" % (self.name, link.name))
            async with asyncio.timeout(HANDSHAKE):
                reply = await reader.readuntil(b"\n")
            if reply != b"HELLO %b %b herd/1\n" % (link.name, self.name):
                raise ValueError(f"refused: {reply[:200]!r}")
            log.info("link to %s gained", link.name.decode())
            link.open()
            await self.send_batches(link, reader, writer)
        finally:
            link.close()
            writer.close()

    async def send_batches(self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = 0
        while (lines := link.next_batch()) or not self.draining:
            if not lines:
                await link.wait(SILENCE)
                lines = link.next_batch()
            number += 1
            lines.append(b"SYNC %d\n" % number)
            writer.write(b"\n".join(lines))
            async with asyncio.timeout(ACK):
                await writer.drain()
                if (reply := await reader.readuntil(b"\n")) != b"ACK %d\n" % number:
                    raise ValueError(f"no ACK {number}: {reply[:200]!r}")
                link.obeying = False

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self.loop.create_task(self.accept_link(reader, writer))
        self.accepted.add(task)  # the loop itself keeps only weak references
        task.add_done_callback(self.accepted.discard)

    async def accept_link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A link from a neighbour, from its handshake to its end."""
        name = await self.shake_hands(reader, writer)
        if name is None:
            return
        self.inbound[name] = asyncio.current_task()
        self.links[name].wake()
        log.info("link from %s gained", name.decode())
        try:
            writer.write(b"HELLO %b %b herd/1\n" % (self.name, name))
            await self.receive_batches(name, reader, writer)
        except LINK_ERRORS as error:
            log.info("link from %s lost: %s", name.decode(), explain(error))
        finally:
            del self.inbound[name]
            self.links[name].walk_marked = True
            self.links[name].wake()
            writer.close()

    async def shake_hands(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
        """The neighbour's name, once an older link from it has ended; None when refused."""
        self.handshakes += 1
        try:
            if self.handshakes > MAX_HANDSHAKES:
                raise ValueError("too many handshakes")
            async with asyncio.timeout(HANDSHAKE):
                name = self.check_hello(await reader.readuntil(b"\n"))
                while older := self.inbound.get(name):
                    older.cancel()
                    await asyncio.wait([older])
            return name
        except LINK_ERRORS as error:
            refusal = b"? %b\n" % explain(error).encode()
        finally:
            self.handshakes -= 1
        self.refused += 1
        with suppress(OSError):
            if self.refused <= MAX_LINGERING:
                writer.write(refusal)
                writer.write_eof()
                async with asyncio.timeout(LINGER):
                    while await reader.read(CHUNK):
                        pass
        self.refused -= 1
        writer.close()

    def check_hello(self, line: bytes) -> bytes:
        """The dialler's name, when it is a neighbour and means this server."""
        match line.removesuffix(b"\n").split(b" "):
            case [b"HELLO", dialler, self.name, b"herd/1"] if dialler in self.links:
                return dialler
            case [b"HELLO", _, _, b"herd/1"]:
                raise ValueError("not neighbours")
            case [b"HELLO", _, _, _]:
                raise ValueError("unknown version, this is herd/1")
        raise ValueError("expected HELLO")

    async def receive_batches(self, name: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        partial, number, skipping = b"", 0, False
        while True:
            async with asyncio.timeout(LINK_IDLE):
                data = await reader.read(CHUNK)
            if not data:
                raise EOFError
            *lines, partial = (partial + data).split(b"\n")
            for line in lines:
                if not skipping and (match := match_at(line)):
                    self.merge(match[1], (parse_time(match[2]), line), name)
                elif skipping or len(line) > MAX_PEER_LINE or line.startswith(b"AT "):
                    log.warning("link from %s: skipped a bad line", name.decode())
                elif line == b"SYNC %d" % (number + 1):
                    number += 1
                    writer.write(b"ACK %d\n" % number)
                else:
                    raise ValueError(f"unexpected line: {line[:200]!r}")
                skipping = False
            if skipping or len(partial) > MAX_PEER_LINE:
                partial, skipping = b"", True
            await writer.drain()

    async def drain(self, listeners: list[asyncio.Server], diallers: list[asyncio.Task]) -> None:
        """Section 6: commands in hand are finished, then peers get what is queued."""
        self.draining = True
        for listener in listeners:
            listener.close()
        for session in list(self.sessions):
            session.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN - 1):
                while self.sessions:
                    await asyncio.sleep(0.01)
                for link in self.links.values():
                    link.wake()
                await asyncio.gather(*diallers)


async def serve(server: Server, clients: socket.socket, peers: socket.socket) -> None:
    server.loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        server.loop.add_signal_handler(number, stop.set)
    listeners = [
        await server.loop.create_server(lambda: Session(server), sock=clients, backlog=BACKLOG),
        await asyncio.start_server(server.accept, sock=peers, backlog=BACKLOG),
    ]
    print("ready", server.name.decode(), format_address(clients), format_address(peers), "-", flush=True)
    diallers = [server.loop.create_task(server.dial(link)) for link in server.links.values()]
    await stop.wait()
    await server.drain(listeners, diallers)


def listen(address: tuple[str, int]) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        listener = socket.create_server(address, family=family, backlog=BACKLOG)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted sockets inherit it
        return listener
    except OSError as error:
        sys.exit(f"cannot listen on {address[0]}:{address[1]}: {error.strerror}")


def format_address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parse_address(text: str) -> tuple[str, int]:
    host, port = re.fullmatch(r"\[?(.+?)\]?:(\d{1,5})", text).groups()
    return host, int(port)


def matching(pattern: str, meaning: str):
    """A check of an argument, for argparse."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise argparse.ArgumentTypeError(f"{text!r} is not {meaning}")
        return text

    return check


def parse_arguments() -> argparse.Namespace:
    name, address = NAME.decode(), r"\S+:\d{1,5}"
    count = matching(r"0*[1-9]\d{0,8}", "a number above 0")
    parser = argparse.ArgumentParser(description="One server of the herd.")
    serve = parser.add_subparsers(required=True).add_parser("serve", help="one server in the foreground")
    serve.add_argument("name", type=matching(name, "a letter, then up to 63 letters, digits, _ or -"), metavar="NAME")
    serve.add_argument("--listen", type=matching(address, "HOST:PORT"), required=True, metavar="ADDR")
    serve.add_argument("--peer-listen", type=matching(address, "HOST:PORT"), required=True, metavar="ADDR")
    serve.add_argument("--peer", type=matching(f"{name}={address}", "NAME=HOST:PORT"), action="append", default=[])
    serve.add_argument("--places", type=matching(r"none|google-legacy=https?://\S+", "none or google-legacy=BASE_URL"))
    serve.add_argument("--places-in-flight", type=count, default="32", metavar="N")
    serve.add_argument("--max-clients", type=count, default="1024", metavar="N")
    serve.add_argument("--loop", choices=["asyncio", "uvloop"], default="asyncio")
    return parser.parse_args()


def fit_descriptors(max_clients: int, others: int) -> int:
    """Raises the limit of descriptors; the clients that fit in it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    fit = max(1, hard - others - RESERVED_DESCRIPTORS)
    if fit < max_clients:
        log.warning("only %d descriptors: --max-clients lowered to %d", hard, fit)
    return min(fit, max_clients)


def main() -> None:
    arguments = parse_arguments()
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    new_loop = asyncio.new_event_loop
    if arguments.loop == "uvloop":
        try:
            from uvloop import new_event_loop as new_loop
        except ImportError:
            sys.exit("--loop uvloop needs the package uvloop: python3 -m pip install uvloop")
    places, in_flight = None, int(arguments.places_in_flight)
    if arguments.places not in (None, "none"):
        places = GoogleLegacy(arguments.places.partition("=")[2], in_flight, os.environ.get("HERD_PLACES_KEY", ""))
    max_clients = fit_descriptors(int(arguments.max_clients), in_flight + 2 * len(arguments.peer))
    server = Server(arguments.name.encode(), places, max_clients)
    for name, _, address in (peer.partition("=") for peer in arguments.peer):
        server.links[name.encode()] = Link(server, name.encode(), parse_address(address))
    clients, peers = listen(parse_address(arguments.listen)), listen(parse_address(arguments.peer_listen))
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(serve(server, clients, peers))


if __name__ == "__main__":
    main()
