// A thread as a process of its own, as far as a provider asks: its id, the one of its engine, its folder, its kill, its
// stop, and whether another one still runs. A made-up id is above all real ones (proc(5): pid_max is 4,194,304 at most),
// and those that live stand in a table that all threads share; of a real process all is as ever.
const fs = require("node:fs");

const LARGEST = 4_194_304;

/**
 * @param {{ port: MessagePort, pid: number, alive: Int32Array, goesOn: Int32Array, folder: string, argv: string[] }} of
 *   `port` leads to the engine; `alive` holds each living id at its remainder of the table's length; `goesOn` is counted
 *   up where one that has stopped goes on
 */
exports.become = ({ port, pid, alive, goesOn, folder, argv }) => {
  const engine = process.pid;
  const { kill } = process;
  const { readFileSync } = fs;
  const lives = (id) => Atomics.load(alive, id % alive.length) === id;
  const gone = (code, call) => Object.assign(new Error(`${code}: no such process, ${call}`), { code });

  for (const [name, value] of Object.entries({ pid, ppid: engine }))
    Object.defineProperty(process, name, { value, enumerable: true, configurable: true });
  process.cwd = () => folder;
  process.argv.splice(1, Number.POSITIVE_INFINITY, ...argv);

  process.kill = (id, signal) => {
    if (id === pid && signal === "SIGKILL") {
      // From here on nothing more of this thread is carried out: the other side ends it where it stands.
      port.postMessage({ killed: true });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    }
    if (id === pid && signal === "SIGSTOP") {
      const before = Atomics.load(goesOn, 0);
      port.postMessage({ stopped: true });
      return Atomics.wait(goesOn, 0, before) !== "timed-out";
    }
    if (id <= LARGEST) return kill.call(process, id, signal);
    if (signal !== 0) throw new Error(`a thread does not send ${signal} to another one (${id})`);
    if (!lives(id)) throw gone("ESRCH", "kill");
    return true;
  };

  fs.readFileSync = (path, ...rest) => {
    const id = Number(/^\/proc\/(\d+)\/stat$/.exec(path)?.[1] ?? 0);
    if (id <= LARGEST) return readFileSync(path, ...rest);
    if (!lives(id)) throw gone("ENOENT", "open");
    // proc(5): the id, the name, the state, the parent; the 22nd is when it began, and later ids begin later.
    return `${id} (thread) S ${engine} ${"0 ".repeat(17)}${id} 0`;
  };
};
