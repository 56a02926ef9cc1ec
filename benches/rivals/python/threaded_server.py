#!/usr/bin/env python3
"""A server of the herd with a thread for each client and for each end of a link; standard library only.

Sockets block. A client's thread reads, answers and writes; a link's thread waits for records and sends them. The
protocol is src/protocol/PROTOCOL.md; "section N" below is a section of it.
`asyncio_server.py` is the twin of this file.
"""

import argparse
import json
import logging
import os
import queue
import random
import re
import resource
import select
import signal
import socket
import ssl
import struct
import sys
import threading
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
CHUNK, STACK = 1 << 16, 512 * 1024
ACCEPT_BACKOFF_MIN, ACCEPT_BACKOFF_MAX = 0.01, 1

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

LINK_ERRORS = (OSError, EOFError, ValueError)
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


def start_thread(target, *arguments) -> threading.Thread:
    thread = threading.Thread(target=target, args=arguments, daemon=True)
    thread.start()
    return thread


class Session:
    """One client and its thread. Lines are answered in order; the replies to one segment are one write."""

    def __init__(self, server: "Server", sock: socket.socket):
        self.server, self.sock = server, sock
        self.lock = threading.Lock()  # held while lines are answered
        self.closing = self.has_spoken = False
        self.linger_until = 0.0
        # The kernel keeps these two: a time-out of Python's own would cost a poll before each recv and send. It may be
        # an eighth late, so the last quarter of a long silence is waited for with a poll.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", IDLE * 3 // 4, 0))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", WRITE, 0))

    def run(self) -> None:
        try:
            self.serve()
        except OSError:
            pass  # reset, or the client has not read for 10 s
        finally:
            self.server.forget(self)
            self.sock.close()

    def serve(self) -> None:
        unread = b""
        while data := self.receive():
            with self.lock:
                unread = b"" if self.closing else self.answer(unread + data)
            if self.server.draining:
                self.drain()
        with self.lock:
            if unread and not self.closing:
                self.answer(unread + b"\r\n")  # a last line without terminator is a line

    def receive(self) -> bytes:
        self.heard = time.monotonic()
        if self.closing and self.heard > self.linger_until:
            return b""
        try:
            return self.sock.recv(CHUNK)
        except BlockingIOError:  # SO_RCVTIMEO has passed
            if self.closing:
                return b""
        if self.is_readable(self.heard + IDLE - time.monotonic()):
            return self.sock.recv(CHUNK)
        self.linger(b"ERR idle timeout")
        return self.receive()

    def is_readable(self, seconds: float) -> bool:
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return bool(poll.poll(max(0, seconds) * 1000))

    def answer(self, data: bytes) -> bytes:
        """Answers the lines and gives back what is not a whole line yet."""
        if not self.has_spoken:
            if (line := foreign_line(data)) is not None:
                self.linger(b"? " + line)
                return b""
            self.has_spoken = b"\n" in data
        *lines, partial = data.split(b"\n")
        replies, oversized = [], None
        for line in lines:
            if len(line) > MAX_LINE and is_oversized(line):
                oversized = line
                break
            reply = self.server.execute(line)
            if type(reply) is not bytes:
                self.send(replies)
                self.send([self.server.ask_places(*reply)])
                replies = []
                if self.server.draining:
                    return b""
                continue
            replies.append(reply)
        else:
            oversized = partial if is_oversized(partial) else None
        self.send(replies)
        if oversized:
            self.linger(b"? " + oversized[:MAX_LINE])
        return partial

    def send(self, replies: list[bytes]) -> None:
        if replies:
            self.sock.sendall(b"\n".join(replies) + b"\n")

    def linger(self, last_line: bytes) -> None:
        """Section 6: says why, closes the sending side, and reads on so that no reset destroys what was said."""
        self.closing, self.linger_until = True, time.monotonic() + LINGER
        with suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", LINGER, 0))
            self.sock.sendall(last_line + b"\n")
            self.sock.shutdown(socket.SHUT_WR)

    def drain(self) -> None:
        """When a line is in hand, the session's own thread comes here after it."""
        if self.lock.acquire(blocking=False):
            if not self.closing:
                self.linger(b"ERR shutting down")
            self.lock.release()


class Stream:
    """A blocking socket with a buffer. What it does ends by `deadline`, however slowly bytes drip in."""

    def __init__(self, sock: socket.socket):
        self.sock, self.buffer = sock, b""
        self.ended = threading.Event()

    def limit(self, seconds: float) -> None:
        self.deadline = time.monotonic() + seconds

    def left(self) -> float:
        if (left := self.deadline - time.monotonic()) <= 0:
            raise TimeoutError
        return left

    def write(self, data: bytes) -> None:
        self.sock.settimeout(self.left())
        self.sock.sendall(data)

    def read(self) -> bytes:
        """Whatever has arrived; nothing at the end of input."""
        data, self.buffer = self.buffer, b""
        if not data:
            self.sock.settimeout(self.left())
            data = self.sock.recv(CHUNK)
        return data

    def readuntil(self, separator: bytes) -> bytes:
        while (end := self.buffer.find(separator)) < 0:
            if len(self.buffer) > CHUNK:
                raise ValueError("line too long")
            self.fill()
        return self.take(end + len(separator))

    def readexactly(self, size: int) -> bytes:
        while len(self.buffer) < size:
            self.fill()
        return self.take(size)

    def fill(self) -> None:
        self.sock.settimeout(self.left())
        if not (data := self.sock.recv(CHUNK)):
            raise EOFError
        self.buffer += data

    def take(self, size: int) -> bytes:
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def shut_down(self) -> None:
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)


class Link:
    """The sending half of an edge: what waits for one neighbour, and how far the walk of the store has come."""

    def __init__(self, server: "Server", name: bytes, address: tuple[str, int]):
        self.server, self.name, self.address = server, name, address
        self.queue: list[bytes] = []
        self.up = self.walk_marked = self.woken = self.obeying = False
        self.news = threading.Condition()  # guards all of the above; the rest is the link's own thread's
        self.walk_at = self.walk_left = self.walk_length = 0
        self.last_woken = 0.0

    def open(self) -> None:
        with self.news:
            self.up, self.walk_marked, self.walk_left = True, True, 0

    def close(self) -> None:
        with self.news:
            # A wake that only showed this link dead is for the next one.
            self.woken |= self.up and self.obeying
            self.up = self.obeying = False
            self.queue.clear()

    def push(self, line: bytes) -> None:
        with self.news:
            if not self.up:
                return
            if len(self.queue) < QUEUE:
                self.queue.append(line)
            else:
                self.walk_marked = True
            self.news.notify()

    def mark_walk(self) -> None:
        with self.news:
            self.walk_marked = True

    def wake(self) -> None:
        with self.news:
            self.woken = True
            self.news.notify()

    def wait(self, seconds: float) -> None:
        """Until there are records or a wake, at most so long; wakes count only every 100 ms."""
        end = time.monotonic() + seconds
        with self.news:
            while not self.queue:
                due = min(end, self.last_woken + WAKE_INTERVAL) if self.woken else end
                if (left := due - time.monotonic()) <= 0:
                    break
                self.news.wait(left)
            if self.woken:
                self.woken, self.obeying, self.last_woken = False, self.up, time.monotonic()

    def next_batch(self) -> list[bytes]:
        """What is queued, then records of the full sync (section 5, "Full sync and queue")."""
        clients, records = self.server.clients, self.server.records
        with self.news:
            lines = self.queue[:BATCH]
            del self.queue[:BATCH]
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
        self.address = url.hostname, url.port or url.scheme
        self.tls = ssl.create_default_context() if url.scheme == "https" else None
        self.key = f"&key={quote(key, safe='')}".encode() if key else b""
        self.pool: queue.LifoQueue[Stream | None] = queue.LifoQueue()
        for _ in range(in_flight):
            self.pool.put(None)  # a connection not opened yet

    def nearby(self, location: bytes, radius_km: bytes, bound: int) -> bytes:
        """The document, also when the call failed."""
        query = b"?location=%b,%b&radius=%b%b" % (*parse_location(location), format_metres(radius_km), self.key)
        deadline = time.monotonic() + PLACES_CALL
        try:
            status, body = self.call(b"GET %b%b %b" % (self.target, query, self.fields), deadline)
            return cut_document(status, body, bound)
        except PlacesError as error:
            return format_document(*error.args)
        except (TimeoutError, queue.Empty):
            return format_document("UNKNOWN_ERROR", "no answer from places in time")
        except LINK_ERRORS as error:
            return format_document("UNKNOWN_ERROR", f"the call to places failed: {type(error).__name__}")

    def call(self, request: bytes, deadline: float) -> tuple[int, bytes]:
        """Asks over an idle connection, or over a new one when that turns out to be closed."""
        stream, keep = self.pool.get(timeout=PLACES_CALL), None
        try:
            if stream:
                stream.deadline = deadline
                with suppress(ConnectionError, EOFError):
                    status, body, keep = self.exchange(stream, request)
                    return status, body
            stream = self.connect(deadline)
            status, body, keep = self.exchange(stream, request)
            return status, body
        finally:
            self.pool.put(keep)

    def connect(self, deadline: float) -> Stream:
        sock = socket.create_connection(self.address, min(PLACES_CONNECT, max(0.001, deadline - time.monotonic())))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls:
            sock = self.tls.wrap_socket(sock, server_hostname=self.address[0])
        stream = Stream(sock)
        stream.deadline = deadline
        return stream

    def exchange(self, stream: Stream, request: bytes) -> tuple[int, bytes, Stream | None]:
        """Status, body, and the connection when it can be used again."""
        keep = None
        try:
            stream.write(request)
            head = stream.readuntil(b"\r\n\r\n").lower()
            body = read_body(stream, head)
            if head.startswith(b"http/1.1") and not re.search(rb"\r\nconnection:\s*close", head):
                keep = stream
            return int(head.split()[1]), body, keep
        finally:
            if not keep:
                stream.sock.close()


def read_body(stream: Stream, head: bytes) -> bytes:
    body = b""
    if re.search(rb"\r\ntransfer-encoding:\s*chunked", head):
        while size := check_size(len(body), int(stream.readuntil(b"\r\n"), 16)):
            body += (stream.readexactly(size + 2))[:-2]
        while stream.readuntil(b"\r\n") != b"\r\n":
            pass  # trailers
        return body
    if length := re.search(rb"\r\ncontent-length:\s*(\d+)", head):
        return stream.readexactly(check_size(0, int(length[1])))
    while data := stream.read():  # the body ends with the connection
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
        self.inbound: dict[bytes, Stream] = {}
        self.sessions: set[Session] = set()
        self.lock = threading.Lock()  # guards all of the above; never held across I/O
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

    def ask_places(self, line: bytes, radius_km: bytes, bound: int) -> bytes:
        return b"%b\n%b\n" % (line, self.places.nearby(line.split(b" ")[4], radius_km, bound))

    def merge(self, client: bytes, record: tuple[int, bytes], came_from: bytes | None) -> None:
        with self.lock:
            known = self.records.get(client)
            if known is not None and record <= known:
                return
            self.records[client] = record
            if known is None:
                self.clients.append(client)
        self.flood(record[1], came_from)

    def flood(self, line: bytes, came_from: bytes | None) -> None:
        for name, link in self.links.items():
            if link.up and name != came_from:
                link.push(line)

    def accept_clients(self, listener: socket.socket) -> None:
        for sock in self.accept(listener):
            session = Session(self, sock)
            with self.lock:
                refused = len(self.sessions) >= self.max_clients
                self.refused += refused
                if not refused:
                    self.sessions.add(session)
            if refused and self.refused > MAX_LINGERING:
                self.forget(session)
                sock.close()
                continue
            try:
                if refused:
                    session.linger(b"ERR too many clients")
                start_thread(session.run)
            except RuntimeError:  # no more threads
                session.linger(b"ERR too many clients")
                self.forget(session)
                sock.close()

    def forget(self, session: Session) -> None:
        with self.lock:
            if session in self.sessions:
                self.sessions.discard(session)
            else:
                self.refused -= 1

    def accept(self, listener: socket.socket):
        """Connections, until the server drains; when descriptors run out, it pauses."""
        backoff = ACCEPT_BACKOFF_MIN
        while not self.draining:
            try:
                sock, _ = listener.accept()
                backoff = ACCEPT_BACKOFF_MIN
                yield sock
            except OSError:
                time.sleep(backoff)
                backoff = min(backoff * 2, ACCEPT_BACKOFF_MAX)

    def dial(self, link: Link) -> None:
        """Keeps the link to a neighbour, until the server drains."""
        backoff = BACKOFF_MIN
        while not self.draining:
            started = time.monotonic()
            try:
                self.run_link(link)
            except LINK_ERRORS as error:
                log.info("link to %s down: %s", link.name.decode(), explain(error))
            if time.monotonic() - started >= BACKOFF_RESET:
                backoff = BACKOFF_MIN
            if not self.draining:
                link.wait(backoff * random.uniform(0.5, 1))
            backoff = min(backoff * 2, BACKOFF_MAX)

    def run_link(self, link: Link) -> None:
        stream = Stream(socket.create_connection(link.address, DIAL))
        try:
            stream.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream.limit(HANDSHAKE)
            stream.write(b"HELLO %b %b herd/1\n" % (self.name, link.name))
            reply = stream.readuntil(b"\n")
            if reply != b"HELLO %b %b herd/1\n" % (link.name, self.name):
                raise ValueError(f"refused: {reply[:200]!r}")
            log.info("link to %s gained", link.name.decode())
            link.open()
            self.send_batches(link, stream)
        finally:
            link.close()
            stream.sock.close()

    def send_batches(self, link: Link, stream: Stream) -> None:
        number = 0
        while (lines := link.next_batch()) or not self.draining:
            if not lines:
                link.wait(SILENCE)
                lines = link.next_batch()
            number += 1
            lines.append(b"SYNC %d\n" % number)
            stream.limit(ACK)
            stream.write(b"\n".join(lines))
            if (reply := stream.readuntil(b"\n")) != b"ACK %d\n" % number:
                raise ValueError(f"no ACK {number}: {reply[:200]!r}")
            link.obeying = False

    def accept_links(self, listener: socket.socket) -> None:
        for sock in self.accept(listener):
            with self.lock:
                self.handshakes += 1
            try:
                start_thread(self.accept_link, Stream(sock))
            except RuntimeError:  # no more threads
                self.handshakes -= 1
                sock.close()

    def accept_link(self, stream: Stream) -> None:
        """A link from a neighbour, from its handshake to its end."""
        name = self.shake_hands(stream)
        if name is None:
            return
        self.links[name].wake()
        log.info("link from %s gained", name.decode())
        try:
            stream.write(b"HELLO %b %b herd/1\n" % (self.name, name))
            self.receive_batches(name, stream)
        except LINK_ERRORS as error:
            log.info("link from %s lost: %s", name.decode(), explain(error))
        finally:
            with self.lock:
                del self.inbound[name]
            self.links[name].mark_walk()
            self.links[name].wake()
            stream.sock.close()
            stream.ended.set()

    def shake_hands(self, stream: Stream) -> bytes | None:
        """The neighbour's name, once an older link from it has ended; None when refused."""
        try:
            if self.handshakes > MAX_HANDSHAKES:
                raise ValueError("too many handshakes")
            stream.limit(HANDSHAKE)
            name = self.check_hello(stream.readuntil(b"\n"))
            while (older := self.register(name, stream)) is not stream:
                older.shut_down()
                older.ended.wait(stream.left())
            return name
        except LINK_ERRORS as error:
            refusal = b"? %b\n" % explain(error).encode()
        finally:
            with self.lock:
                self.handshakes -= 1
        with self.lock:
            self.refused += 1
        with suppress(OSError):
            if self.refused <= MAX_LINGERING:
                stream.limit(LINGER)
                stream.write(refusal)
                stream.sock.shutdown(socket.SHUT_WR)
                while stream.read():
                    pass
        with self.lock:
            self.refused -= 1
        stream.sock.close()

    def register(self, name: bytes, stream: Stream) -> Stream:
        """The link from this neighbour: this one, unless there is an older one."""
        with self.lock:
            return self.inbound.setdefault(name, stream)

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

    def receive_batches(self, name: bytes, stream: Stream) -> None:
        partial, number, skipping = b"", 0, False
        while True:
            stream.limit(LINK_IDLE)
            data = stream.read()
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
                    stream.write(b"ACK %d\n" % number)
                else:
                    raise ValueError(f"unexpected line: {line[:200]!r}")
                skipping = False
            if skipping or len(partial) > MAX_PEER_LINE:
                partial, skipping = b"", True

    def drain(self, listeners: list[socket.socket], diallers: list[threading.Thread]) -> None:
        """Section 6: commands in hand are finished, then peers get what is queued."""
        self.draining, deadline = True, time.monotonic() + DRAIN - 1
        for listener in listeners:
            listener.shutdown(socket.SHUT_RDWR)  # wakes its accept
        for session in list(self.sessions):
            session.drain()
        while self.sessions and time.monotonic() < deadline:
            for session in list(self.sessions):
                if session.closing and time.monotonic() > session.linger_until:
                    with suppress(OSError):
                        session.sock.shutdown(socket.SHUT_RDWR)  # wakes its recv
            time.sleep(0.01)
        for link in self.links.values():
            link.wake()
        for thread in diallers:
            thread.join(max(0, deadline - time.monotonic()))


def serve(server: Server, clients: socket.socket, peers: socket.socket) -> None:
    stop = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)  # in all threads, so that `sigwait` gets them
    threading.stack_size(STACK)
    start_thread(server.accept_clients, clients)
    start_thread(server.accept_links, peers)
    print("ready", server.name.decode(), format_address(clients), format_address(peers), "-", flush=True)
    diallers = [start_thread(server.dial, link) for link in server.links.values()]
    signal.sigwait(stop)
    server.drain([clients, peers], diallers)


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
    places, in_flight = None, int(arguments.places_in_flight)
    if arguments.places not in (None, "none"):
        places = GoogleLegacy(arguments.places.partition("=")[2], in_flight, os.environ.get("HERD_PLACES_KEY", ""))
    max_clients = fit_descriptors(int(arguments.max_clients), in_flight + 2 * len(arguments.peer))
    server = Server(arguments.name.encode(), places, max_clients)
    for name, _, address in (peer.partition("=") for peer in arguments.peer):
        server.links[name.encode()] = Link(server, name.encode(), parse_address(address))
    clients, peers = listen(parse_address(arguments.listen)), listen(parse_address(arguments.peer_listen))
    serve(server, clients, peers)


if __name__ == "__main__":
    main()
