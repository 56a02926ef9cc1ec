"""A server as the original assignment asks for one: `python3 student.py Goloman`, one port for clients and servers.

An example of a server that knows nothing of this project; `student.variant.toml` beside it is all that it takes to
check it and to race it alone.
"""

import asyncio
import json
import re
import sys
import time

PORTS = {"Goloman": 21580, "Hands": 21581, "Holiday": 21582, "Welsh": 21583, "Wilkes": 21584}
TALKS_WITH = {
    "Goloman": ["Hands", "Holiday", "Wilkes"],
    "Hands": ["Goloman", "Wilkes"],
    "Holiday": ["Goloman", "Welsh", "Wilkes"],
    "Welsh": ["Holiday"],
    "Wilkes": ["Goloman", "Hands", "Holiday"],
}
FIELD = re.compile(r"[^ \t\r\n\f\v]+")  # split() would take bytes of UTF-8 for white space
LOCATION = re.compile(r"[+-]\d+\.?\d*[+-]\d+\.?\d*")
clients = {}  # client ID: (time, AT line)


def may_be(radius, bound):
    return 0 <= radius <= 50 and 0 <= bound <= 20


async def places(location, radius, bound):
    """Where a student would ask Google by aiohttp."""
    return json.dumps({"html_attributions": [], "results": [], "status": "ZERO_RESULTS"})


async def flood(line):
    for name in TALKS_WITH[me]:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", PORTS[name])
            writer.write(f"{line}\n".encode("latin1"))
            await writer.drain()
            writer.close()
        except OSError:
            pass  # that one is down


async def learn(client, stamp, line):
    if client not in clients or clients[client][0] < stamp:
        clients[client] = (stamp, line)
        await flood(line)


async def answer(line):
    match FIELD.findall(line):
        case ["IAMAT", client, location, stamp] if LOCATION.fullmatch(location):
            at = f"AT {me} {time.time() - float(stamp):+.9f} {client} {location} {stamp}"
            await learn(client, float(stamp), at)
            return f"{at}\n"
        case ["WHATSAT", client, radius, bound] if client in clients and may_be(float(radius), int(bound)):
            at = clients[client][1]
            return f"{at}\n{await places(at.split()[4], float(radius), int(bound))}\n\n"
        case ["AT", _, _, client, _, stamp]:
            await learn(client, float(stamp), line.strip())
            return ""
    raise ValueError(line)


async def serve(reader, writer):
    while line := (await reader.readline()).decode("latin1"):
        try:
            reply = await answer(line)
        except ValueError:
            reply = f"? {line.rstrip(chr(10))}\n"
        writer.write(reply.encode("latin1"))
        await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", PORTS[me])
    await server.serve_forever()


me = sys.argv[1]
asyncio.run(main())
