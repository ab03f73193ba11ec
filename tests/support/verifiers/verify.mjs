// Verifies saved messages with the public packages, as a customer would: node verify.mjs PACKAGES SECRET HEADERS BODY ...
// PACKAGES is the folder that they were installed into. Prints a line for each package and message.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [packages, secret, ...paths] = process.argv.slice(2);
const load = createRequire(`${packages}/`);

for (const name of ["standardwebhooks", "svix"]) {
  const verifier = new (load(name).Webhook)(secret);
  for (let place = 0; place < paths.length; place += 2) {
    const lines = readFileSync(paths[place], "utf8").trim().split("\n");
    const headers = Object.fromEntries(lines.map((line) => line.split(/: (.*)/s).slice(0, 2)));
    try {
      verifier.verify(readFileSync(paths[place + 1], "utf8"), headers);
      console.log(`${name}: valid`);
    } catch (refusal) {
      console.log(`${name}: ${refusal.constructor.name}`);
    }
  }
}
