// Taken as the program is loaded: the parent may be gone before the lab has started.
const parent = process.ppid;

/** Calls back once the process that started this one is gone. Does not keep the process alive. */
export function watchParent(gone: () => void): void {
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone();
  }, 500);
  timer.unref();
}
