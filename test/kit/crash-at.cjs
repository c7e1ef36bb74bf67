// Preloaded into a provider process (NODE_OPTIONS=--require): counts its steps of input and output and kills it at one
// of them, so that the product needs no hook. The file KIT_CRASH says `{"at": N}`, or `{"stop": true}`, so that it stops
// at each of them and goes on when it is told to; without it nothing is counted, so that one process can be led up to the
// operation in question. Beside it, `.steps` keeps their names so far.
const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");

const control = process.env.KIT_CRASH;
const { readFileSync, writeFileSync, readlinkSync, renameSync } = fs;
const names = [];

/** @param {string} what the step, for the record */
function step(what) {
  let at;
  let stop;
  try {
    ({ at, stop } = JSON.parse(readFileSync(control, "utf8")));
  } catch {
    return;
  }
  names.push(what);
  // Whole at any moment: whoever reads it does not wait for the provider's last steps.
  writeFileSync(`${control}.next`, JSON.stringify(names));
  renameSync(`${control}.next`, `${control}.steps`);
  if (stop) process.kill(process.pid, "SIGSTOP");
  if (names.length === at) process.kill(process.pid, "SIGKILL");
}

/** Wraps a call on files of these folders: a step before it, and one after where it may be the last. */
function around(name, folders, pathOf, after) {
  const original = fs[name];
  fs[name] = (...args) => {
    const path = pathOf(...args);
    const ours = folders.some((folder) => path.includes(folder));
    if (ours) step(`before ${name}`);
    const result = original(...args);
    if (ours && after) step(`after ${name}`);
    return result;
  };
}

/** Wraps a client's request: before it leaves, once it is written, and once an answer is there that nobody has seen. */
function aroundRequests(module) {
  const original = module.request;
  module.request = (...args) => {
    const request = original(...args);
    const name = `${request.method} ${request.path}`;
    step(`before ${name}`);
    request.prependOnceListener("finish", () => step(`written ${name}`));
    request.prependOnceListener("response", () => step(`answer to ${name}`));
    return request;
  };
}

/** A command over SSH counts like a request, running where that is written; loaded late, for it is found from the program's folder. */
function aroundSsh() {
  const Module = require("node:module");
  const load = Module._load;
  Module._load = function (name, ...rest) {
    const loaded = load.call(this, name, ...rest);
    if (name === "ssh2" && !loaded.Client.prototype.counted) {
      const { exec } = loaded.Client.prototype;
      loaded.Client.prototype.counted = true;
      loaded.Client.prototype.exec = function (...args) {
        // No secret stands in a command: see ssh.ts.
        const name = `command: ${args[0]}`;
        step(`before ${name}`);
        const done = args.pop();
        return exec.call(this, ...args, (error, channel) => {
          if (channel) step(`running ${name}`);
          channel?.prependOnceListener("exit", () => step(`ended ${name}`));
          done(error, channel);
        });
      };
    }
    return loaded;
  };
}

// Node's own loader of plugins and npm's helpers inherit NODE_OPTIONS too: they are left alone.
if (control && process.argv[1]?.includes("dynamic-provider")) {
  // The journal and the writers' lock; the delivered copy.
  const folders = ["/.sitewright/", "/delivered/"];
  const pathOf = (descriptor) => readlinkSync(`/proc/self/fd/${descriptor}`);
  around("writeSync", ["/delivered/"], pathOf, false);
  around("fsyncSync", folders, pathOf, true);
  around("renameSync", folders, (_from, to) => String(to), false);
  aroundRequests(http);
  aroundRequests(https);
  aroundSsh();
}
