# SPDX-License-Identifier: Apache-2.0
# streams.py URL N: the body of N requests on one connection, by asyncio's streams.
import asyncio
import sys
import urllib.parse


async def body(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
    left = int(fields[b"content-length"])
    while left:
        part = await reader.read(min(left, 65536))
        if not part:
            sys.exit(f"the connection ended {left} bytes too early")
        left -= len(part)
        sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()


async def main():
    url = urllib.parse.urlsplit(sys.argv[1])
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    for _ in range(int(sys.argv[2])):
        writer.write(f"GET {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode())
        await writer.drain()
        await body(reader)
    writer.close()


asyncio.run(main())
