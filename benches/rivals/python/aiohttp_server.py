#!/usr/bin/env python3
"""`asyncio_server.py`, but places are asked with aiohttp, as its community would: what the library costs is seen beside the
client that is written by hand there.
"""

import asyncio_server
from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from asyncio_server import PlacesError, format_document


class GoogleLegacy:
    """Nearby Search over the connections of one session, as many as may be in flight."""

    def __init__(self, base: str, in_flight: int, key: str):
        self.base = f"{base.rstrip('/')}/maps/api/place/nearbysearch/json"
        self.key = f"&key={asyncio_server.quote(key, safe='')}" if key else ""
        self.in_flight = in_flight
        self.session: ClientSession | None = None  # made when the loop runs

    async def nearby(self, location: bytes, radius_km: bytes, bound: int) -> bytes:
        """The document, also when the call failed."""
        latitude, longitude = asyncio_server.parse_location(location)
        metres = asyncio_server.format_metres(radius_km)
        query = b"location=%b,%b&radius=%b" % (latitude, longitude, metres)
        try:
            status, body = await self.call(f"{self.base}?{query.decode()}{self.key}")
            return asyncio_server.cut_document(status, body, bound)
        except PlacesError as error:
            return format_document(*error.args)
        except TimeoutError:
            return format_document("UNKNOWN_ERROR", "no answer from places in time")
        except (ClientError, OSError, ValueError) as error:
            return format_document("UNKNOWN_ERROR", f"the call to places failed: {type(error).__name__}")

    async def call(self, url: str) -> tuple[int, bytes]:
        if self.session is None:
            self.session = ClientSession(
                connector=TCPConnector(limit=self.in_flight),
                timeout=ClientTimeout(total=asyncio_server.PLACES_CALL, sock_connect=asyncio_server.PLACES_CONNECT),
                headers={"Accept": "application/json"},
            )
        body = b""
        async with self.session.get(url, allow_redirects=False) as response:
            async for chunk in response.content.iter_chunked(asyncio_server.CHUNK):
                asyncio_server.check_size(len(body), len(chunk))
                body += chunk
            return response.status, body

    async def close(self) -> None:
        if self.session:
            await self.session.close()


class Server(asyncio_server.Server):
    async def drain(self, *owed) -> None:
        await super().drain(*owed)
        if self.places:
            await self.places.close()


if __name__ == "__main__":
    asyncio_server.GoogleLegacy, asyncio_server.Server = GoogleLegacy, Server
    asyncio_server.main()
