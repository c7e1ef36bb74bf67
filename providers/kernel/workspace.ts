import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { printable } from "../../base/printable";
import { onlyAdopts } from "./adopt";
import type { Clock } from "./clock";
import type { Connection } from "./connection";
import { credentialsFor } from "./credentials";
import { WritesNothing } from "./errors";
import { type Journal, openJournal } from "./journal";
import { createLogIns, type LogIns } from "./log-ins";
import { orphanSignal } from "./orphan";
import { namePasswordStack } from "./password-places";
import { createTeller, type Teller } from "./teller";
import { madeOnce, type Transport, transportOf } from "./transport";
import { openWriters, type Writers } from "./writers";

/**
 * What all resources of a stack share in one provider process: where the stack's files lie, its clock, its
 * journal, its trust, and the clients with their sessions.
 */
export interface Workspace {
  /** The project's folder: the one with Pulumi.yaml. */
  root: string;
  stack: string;
  clock: Clock;
  journal: Journal;
  writers: Writers;
  logIns: LogIns;
  teller: Teller;
  transport: Transport;
  /** Whether the run only takes over what stands: whatever would write is refused. */
  onlyAdopts: boolean;
  /** A connection as the inputs have it, with the credentials that were found for its name. */
  connect(named: Connection | undefined): Connection;
  /** What the operations of this process share under a key, as the client of a connection: made at first use. */
  shared<T>(key: string, make: () => T): T;
}

const open = new Map<string, Workspace>();

/** The workspace of a stack; one a process. `config` reads the stack's settings, decrypted. */
export function openWorkspace(stack: string, config: (key: string) => string | undefined): Workspace {
  const known = open.get(stack);
  if (known) return known;
  namePasswordStack(stack);
  const root = projectRoot(process.cwd());
  const folder = join(root, "stacks", stack);
  const memory = memoryOf(root, stack);
  const transport = transportOf(folder, config, {
    keepLater: true,
    notice: (text) => process.stderr.write(`${printable(text)}\n`),
  });
  const writers = openWriters(join(memory, "writers"), { atMost: transport.timeoutMs });

  const workspace: Workspace = {
    root,
    stack,
    clock: transport.clock,
    journal: openJournal(join(memory, "journal.jsonl")),
    writers,
    logIns: createLogIns(),
    teller: createTeller(),
    transport: {
      ...transport,
      aroundWrite(what, mayTake) {
        orphanSignal.throwIfAborted();
        if (workspace.onlyAdopts) throw new WritesNothing(`${what}: this run only takes over what stands`);
        // A write that no later run needs to wait for is not announced, which would cost a file on disk each time.
        return mayTake > 0 ? writers.begin(mayTake) : () => {};
      },
    },
    onlyAdopts: onlyAdopts(),
    connect(named) {
      if (!named) return { name: "", addresses: [] };
      const carried = { username: named.username, password: named.password };
      return { ...named, ...credentialsFor(named.name, { environment: process.env, config, carried }) };
    },
    shared: madeOnce().shared,
  };
  open.set(stack, workspace);
  return workspace;
}

/** Where the stack's journal and the lock of its writers lie. */
function memoryOf(root: string, stack: string): string {
  return join(process.env.SITEWRIGHT_JOURNAL ?? join(root, ".sitewright"), stack);
}

/** The nearest folder upwards that holds Pulumi.yaml: the provider runs in the folder of the compiled program. */
function projectRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
    if (folder === dirname(folder)) throw new Error(`no Pulumi.yaml in ${from} or above it`);
  }
}
