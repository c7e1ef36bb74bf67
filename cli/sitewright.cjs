#!/usr/bin/env node
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const main = join(__dirname, "..", "dist", "cli", "main.js");
if (existsSync(main)) {
  require(main);
} else {
  console.error("sitewright: the program is not compiled yet: run npm run setup in its folder");
  process.exitCode = 2;
}
