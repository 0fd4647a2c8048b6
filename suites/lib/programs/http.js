// SPDX-License-Identifier: Apache-2.0
// http.js URL N: the body of N requests on one connection, by node:http.
"use strict";
const http = require("node:http");
const [url, times] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function get(left) {
  if (left === 0) {
    agent.destroy();
    return;
  }
  http.get(url, { agent }, (answer) => {
    answer.on("data", (part) => process.stdout.write(part));
    answer.on("end", () => setImmediate(get, left - 1));
  });
}

get(Number(times));
