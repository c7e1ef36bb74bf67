// What a provider may leave behind in its thread, and how it is taken away before the next one begins there.
const childProcess = require("node:child_process");
const dns = require("node:dns");
const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const Module = require("node:module");
const net = require("node:net");
const os = require("node:os");
const { setImmediate: turn } = require("node:timers/promises");
const tls = require("node:tls");
const { parentPort } = require("node:worker_threads");

/** Where scripts that are preloaded, made-up-process.cjs and start.cjs lay their own functions. */
const LAID_OVER = [
  ...[fs, fs.promises, childProcess, Module, Module._extensions, os, process, process.hrtime],
  ...[dns, http, https, net, tls, AbortSignal, Date, Math, performance, globalThis],
];
const TIMERS = { setTimeout: clearTimeout, setInterval: clearInterval, setImmediate: clearImmediate };
/** Turns of the event loop that sockets take to be gone. */
const TURNS = 20;

/**
 * Notes how things stand. What it gives brings all of it back: ends timers and sockets, and takes away what was laid over
 * Node.js, the modules, what was added to the global object and the listeners of the process. It resolves with false where
 * something is at work all the same: then the thread itself has to end.
 */
exports.freshGround = () => {
  const stood = LAID_OVER.map((of) => [of, Object.getOwnPropertyDescriptors(of)]);
  const listeners = new Map(process.eventNames().map((name) => [name, process.rawListeners(name)]));
  const modules = new Set(Object.keys(require.cache));
  const ends = [];
  for (const [name, end] of Object.entries(TIMERS)) {
    const original = globalThis[name];
    // `util.promisify` asks for the symbol of the original.
    globalThis[name] = Object.assign((...args) => {
      const timer = original(...args);
      ends.push(() => end(timer));
      return timer;
    }, original);
  }

  return async () => {
    for (const end of ends) end();
    // Whoever listens to a socket still hears of its end: a TLS connection has to, for the one under it.
    for (const handle of process._getActiveHandles()) if (handle !== parentPort) handle.destroy?.();
    for (const [of, properties] of stood) {
      for (const name of Object.getOwnPropertyNames(of)) if (!(name in properties)) delete of[name];
      for (const [name, property] of Object.entries(properties))
        if (differs(Object.getOwnPropertyDescriptor(of, name), property)) Object.defineProperty(of, name, property);
    }
    for (const path of Object.keys(require.cache)) if (!modules.has(path)) delete require.cache[path];
    for (const name of process.eventNames()) {
      process.removeAllListeners(name);
      for (const listener of listeners.get(name) ?? []) process.on(name, listener);
    }
    for (let left = TURNS; left > 0; left -= 1) {
      await turn();
      if (process.getActiveResourcesInfo().every((kind) => kind === "MessagePort")) return true;
    }
    return false;
  };
};

function differs(now, property) {
  return now?.value !== property.value || now?.get !== property.get || now?.set !== property.set;
}
