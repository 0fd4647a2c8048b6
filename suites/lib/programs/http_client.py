# SPDX-License-Identifier: Apache-2.0
# http_client.py URL N: the body of N requests on one connection, by http.client.
import http.client
import sys
import urllib.parse

url = urllib.parse.urlsplit(sys.argv[1])
connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
connection.connect()
opened = connection.sock
for _ in range(int(sys.argv[2])):
    connection.request("GET", url.path)
    answer = connection.getresponse()
    while part := answer.read(65536):
        sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
    if connection.sock is not opened:
        sys.exit("the connection was not kept")
