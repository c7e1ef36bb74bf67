// One set-up at a time in one clone: two `npm test` started together must not install or build over each other.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { say } from "./run.mjs";

/**
 * Holds the lock while `work` runs; waits for another holder that is alive, takes over from one that is dead.
 * @template T
 * @param {string} file the lock; its content names the holder
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, work) {
  await acquire(file);
  const release = () => rmSync(file, { force: true });
  process.once("exit", release);
  try {
    return await work();
  } finally {
    process.off("exit", release);
    release();
  }
}

/** @param {string} file */
async function acquire(file) {
  mkdirSync(dirname(file), { recursive: true });
  const own = `${file}.${process.pid}`;
  writeFileSync(own, JSON.stringify({ host: hostname(), pid: process.pid, started: startOf(process.pid) }));
  try {
    for (let turn = 0; ; turn++) {
      const holder = tryLink(own, file);
      if (holder === undefined) return;
      if (holder === "") continue; // released between our two looks
      if (isDead(holder)) {
        removeStale(file, holder, own);
        continue;
      }
      if (turn % 20 === 0) say(`another set-up (process ${pidOf(holder)}) is at work here; waiting for it`);
      await sleep(500);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * A hard link makes the lock appear with its content in one step: nobody ever sees one without a holder.
 * @param {string} own @param {string} file @returns {string | undefined} the present holder; undefined when it is ours
 */
function tryLink(own, file) {
  try {
    linkSync(own, file);
    return undefined;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
  }
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/**
 * Two waiters may find the same dead holder: only the one whose rename moves exactly that lock may go on; a fresh lock
 * that was moved by mistake is put back.
 * @param {string} file @param {string} holder @param {string} own
 */
function removeStale(file, holder, own) {
  const moved = `${own}.stale`;
  try {
    renameSync(file, moved);
  } catch {
    return;
  }
  if (readFileSync(moved, "utf8") !== holder) {
    try {
      linkSync(moved, file);
    } catch {
      // somebody else holds it by now
    }
  }
  rmSync(moved, { force: true });
}

/** @param {string} holder @returns {boolean} false when in doubt, such as a holder on another machine */
function isDead(holder) {
  let owner;
  try {
    owner = JSON.parse(holder);
  } catch {
    return true;
  }
  if (owner.host !== hostname()) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "ESRCH";
  }
  // The number may have gone to another process since.
  return startOf(owner.pid) !== owner.started;
}

/** @param {string} holder */
function pidOf(holder) {
  const owner = JSON.parse(holder);
  return owner.host === hostname() ? `${owner.pid}` : `${owner.pid} on ${owner.host}`;
}

/** @param {number} pid @returns {string} start time in clock ticks since boot (proc(5), field 22); "" without /proc */
function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
