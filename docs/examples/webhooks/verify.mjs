// Verify a NexStock webhook message. Node 18 or newer, nothing to install.
//
// Use one of the three functions in your receiver, with the body as a Buffer exactly as it arrived (before any JSON
// parser has touched it) and the headers as Node gives them, names in lower case:
//
//     verifyNexstock(secret, headers, body)   // X-NexStock-Signature
//     verifyStandard(secret, headers, body)   // webhook-id, webhook-timestamp, webhook-signature: v1
//     verifyWithKey(publicKeys, headers, body)   // the same headers: v1a
//
// All throw InvalidSignature for anything that was not signed with the secret, or by the key, within the last five
// minutes.
//
// To look into messages that you saved (one `Name: value` a line, and the body as it arrived):
//
//     WEBHOOK_SECRET=whsec_... WEBHOOK_KEY=whpk_... node verify.mjs headers.txt body.json

import { createHmac, createPublicKey, timingSafeEqual, verify } from "node:crypto";
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

/** Verify the headers of Standard Webhooks; one `v1a,<base64>` that one of the `whpk_` keys made is enough. */
export function verifyWithKey(publicKeys, headers, body, nowS = Date.now() / 1000) {
  const id = headers["webhook-id"] ?? "";
  const timestamp = headers["webhook-timestamp"] ?? "";
  requireRecent(timestamp, nowS);
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const keys = publicKeys.map((key) => {
    const x = Buffer.from(key.replace(/^whpk_/, ""), "base64").toString("base64url");
    return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  });
  const sent = (headers["webhook-signature"] ?? "").split(" ").filter((item) => item.startsWith("v1a,"));
  const signatures = sent.map((item) => Buffer.from(item.slice(4), "base64"));
  if (!signatures.some((signature) => keys.some((key) => verify(null, content, key, signature)))) {
    throw new InvalidSignature("no signature matches");
  }
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

function isValid(headersPath, bodyPath) {
  const lines = readFileSync(headersPath, "utf8").split(/\r?\n/);
  const headers = Object.fromEntries(
    lines.map((line) => [line.split(":", 1)[0].trim().toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const body = readFileSync(bodyPath);
  const { WEBHOOK_SECRET: secret, WEBHOOK_KEY: key } = process.env;
  try {
    verifyNexstock(secret, headers, body);
    verifyStandard(secret, headers, body);
    if (key) verifyWithKey([key], headers, body);
  } catch (refusal) {
    if (!(refusal instanceof InvalidSignature)) throw refusal;
    console.log(`not valid: ${refusal.message}`);
    return false;
  }
  console.log("valid");
  return true;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const paths = process.argv.slice(2);
  for (let place = 0; place + 1 < paths.length; place += 2) {
    if (!isValid(paths[place], paths[place + 1])) process.exitCode = 1;
  }
}
