// Makes the calls it is given with Segment's client for Node: node segment.mjs HOST KEY '[["track", {…}], …]'
import { Analytics } from "@segment/analytics-node";

const [host, writeKey, calls] = process.argv.slice(2);
const analytics = new Analytics({ host, writeKey, flushAt: 5, flushInterval: 200, maxRetries: 5 });
const errors = [];
analytics.on("error", (error) => errors.push(error.code ?? String(error)));

for (const [kind, fields] of JSON.parse(calls)) {
  analytics[kind]({ ...fields, ...(fields.timestamp && { timestamp: new Date(fields.timestamp) }) });
}
await analytics.closeAndFlush({ timeout: 60_000 });
console.log(JSON.stringify(errors));
