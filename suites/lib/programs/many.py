# SPDX-License-Identifier: Apache-2.0
# many.py http://ADDRESS:PORT N BYTES: N connections to an echo, all of them up before the first sends. What
# comes back has to be what was sent, and is written as it comes.
import asyncio
import os
import sys
import urllib.parse


async def send(writer, payload):
    writer.write(payload)
    await writer.drain()
    writer.write_eof()


async def echo(reader, writer, payload):
    sending = asyncio.create_task(send(writer, payload))
    came = bytearray()
    while part := await reader.read(65536):
        came += part
        sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
    await sending
    writer.close()
    if came != payload:
        sys.exit(f"{len(came)} of {len(payload)} bytes came back, or other ones")


async def main():
    url = urllib.parse.urlsplit(sys.argv[1])
    payload = os.urandom(int(sys.argv[3]))
    # One after the other: a listener's backlog is not what is looked at.
    ends = [await asyncio.open_connection(url.hostname, url.port) for _ in range(int(sys.argv[2]))]
    await asyncio.gather(*(echo(reader, writer, payload) for reader, writer in ends))


asyncio.run(main())
