// Verify a NexStock webhook message. Node 18 or newer, nothing to install.
//
// Use one of the two functions in your receiver, with the body as a Buffer exactly as it arrived (before any JSON
// parser has touched it) and the headers as Node gives them, names in lower case:
//
//     verifyNexstock(secret, headers, body)   // X-NexStock-Signature
//     verifyStandard(secret, headers, body)   // webhook-id, webhook-timestamp, webhook-signature
//
// Both throw InvalidSignature for anything that was not signed with the secret within the last five minutes.
//
// To look into a message that you saved (one `Name: value` a line, and the body as it arrived):
//
//     WEBHOOK_SECRET=whsec_... node verify.mjs headers.txt body.json

import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

const TOLERANCE_S = 300;

/** The message is not from NexStock, was changed on the way, or is too old. */
export class InvalidSignature extends Error {}

/** Verify `X-NexStock-Signature: t=<seconds>,v1=<hex>,v1=<hex>`; one `v1` that matches is enough. */
export function verifyNexstock(secret, headers, body, nowS = Date.now() / 1000) {
  const pairs = (headers["x-nexstock-signature"] ?? "").split(",").map((part) => part.trim().split("="));
  const timestamp = pairs.find(([name]) => name === "t")?.[1] ?? "";
  requireRecent(timestamp, nowS);
  // The key is the secret's text as it stands, `whsec_` included.
  const wanted = createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest("hex");
  requireMatch(wanted, pairs.filter(([name]) => name === "v1").map(([, value]) => value ?? ""));
}

/** Verify the headers of Standard Webhooks; one `v1,<base64>` that matches is enough. */
export function verifyStandard(secret, headers, body, nowS = Date.now() / 1000) {
  const id = headers["webhook-id"] ?? "";
  const timestamp = headers["webhook-timestamp"] ?? "";
  requireRecent(timestamp, nowS);
  // The key is what the part after `whsec_` stands for in base64.
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const mac = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
  requireMatch(`v1,${mac}`, (headers["webhook-signature"] ?? "").split(" "));
}

function requireRecent(timestamp, nowS) {
  if (!/^[0-9]{1,12}$/.test(timestamp)) throw new InvalidSignature("there is no timestamp");
  if (Math.abs(nowS - Number(timestamp)) > TOLERANCE_S) {
    throw new InvalidSignature("the message is older than five minutes, or this clock is wrong");
  }
}

function requireMatch(wanted, sent) {
  const expected = Buffer.from(wanted);
  const matches = sent.map((signature) => {
    const given = Buffer.from(signature);
    // timingSafeEqual throws for different lengths; a length is no secret.
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!matches.includes(true)) throw new InvalidSignature("no signature matches");
}

function main([headersPath, bodyPath]) {
  const lines = readFileSync(headersPath, "utf8").split(/\r?\n/);
  const headers = Object.fromEntries(
    lines.map((line) => [line.split(":", 1)[0].trim().toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const body = readFileSync(bodyPath);
  try {
    verifyNexstock(process.env.WEBHOOK_SECRET, headers, body);
    verifyStandard(process.env.WEBHOOK_SECRET, headers, body);
  } catch (refusal) {
    if (!(refusal instanceof InvalidSignature)) throw refusal;
    console.log(`not valid: ${refusal.message}`);
    return 1;
  }
  console.log("valid");
  return 0;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = main(process.argv.slice(2));
}
