import { Command, InvalidArgumentError } from "commander";
import { type Backup, backUp, releaseBackup } from "../../providers/cloudtower/client-backup";
import { vmCalled } from "../../providers/cloudtower/client-vms";
import { parseDuration } from "../../providers/kernel/duration";
import { UsageError } from "../exit";
import { plainJson } from "../plain-output";
import { failed, type Tower, withTower } from "./tower";
import { asksTower, TOWER_HELP, type TowerOptions } from "./tower-options";

interface BackupOptions extends TowerOptions {
  json?: boolean;
  release?: string[];
  timeout?: number;
}

/** `sitewright backup VM…`: a snapshot of each machine, and where in ZBS the data of its disks are. */
export function backupCommand(): Command {
  return asksTower(
    new Command("backup")
      .description(
        "make a snapshot of virtual machines for a backup, and print for each disk its snapshot's local_id in ZBS",
      )
      .argument("[vm...]", "names of the machines in CloudTower, or their ids")
      .option("--json", "print JSON: configuration, snapshot and disks of each machine")
      .option(
        "--release <snapshot...>",
        "delete snapshots that this command has made, by id or name, once they are copied",
      )
      .option("--timeout <duration>", "longest time to wait for CloudTower's tasks; 10m unless given", parseTime),
  )
    .addHelpText(
      "after",
      `
The snapshots stay until they are released; each is named before it is made, so that a command that was killed leaves none
without a name. File systems are at rest in it where the tools run in the guest. Names are
sitewright-backup-<time>-<number>: a snapshot of any other name is refused by --release.
With --json: {"backups": [{"vm": {…, as CloudTower lists it}, "snapshot": {"id", "name", "localId", "consistentType"},
"disks": [{"index", "name", "size", "volumeLocalId", "lunSnapshot", "localId"}]}]}; localId is null where CloudTower does
not tell it, and then the command ends with 1.
${TOWER_HELP}`,
    )
    .action(async (vms: string[], options: BackupOptions) => {
      const { release } = options;
      if (release && vms.length > 0) throw new UsageError("--release makes no snapshots: name no machines with it");
      if (!release && vms.length === 0) throw new UsageError("which machines? sitewright backup VM…");
      await withTower(options, (tower) =>
        release ? releaseAll(tower, release) : backUpAll(tower, vms, options.json ?? false),
      );
    });
}

async function backUpAll({ caller, cluster, forEach }: Tower, names: string[], json: boolean): Promise<void> {
  // All are found before the first snapshot is made.
  const vms = await Promise.all([...new Set(names)].map((name) => vmCalled(caller, name, cluster)));
  const each = [...new Map(vms.map((vm) => [vm.id, vm])).values()];
  const backups = await forEach(each, (vm) => backUp(caller, vm));
  if (json) console.log(plainJson({ backups }));
  else if (backups.length > 0) console.log(asTable(backups));
  for (const { vm, disks } of backups)
    for (const { index, localId } of disks)
      if (localId === null)
        failed(new Error(`disk ${index} of ${vm.name}: CloudTower does not tell the snapshot of its logical unit`));
}

async function releaseAll({ caller, forEach }: Tower, snapshots: string[]): Promise<void> {
  await forEach(snapshots, async (called) => {
    const id = await releaseBackup(caller, called);
    console.log(id === undefined ? `${called}: there is no such snapshot any more` : `${id}: deleted`);
  });
}

/** One row a disk. */
function asTable(backups: Backup[]): string {
  const rows = backups.flatMap(({ vm, snapshot, disks }) =>
    disks.map(({ index, size, lunSnapshot, localId }) => [
      vm.name,
      snapshot.id,
      snapshot.consistentType === "FILE_SYSTEM_CONSISTENT" ? "at rest" : "as it was",
      String(index),
      String(size),
      lunSnapshot ?? "not told",
      localId ?? "not told",
    ]),
  );
  const all = [["VM", "SNAPSHOT", "FILE SYSTEMS", "DISK", "BYTES", "LUN SNAPSHOT", "LOCAL_ID IN ZBS"], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function parseTime(text: string): number {
  try {
    return parseDuration(text, "--timeout");
  } catch {
    throw new InvalidArgumentError("It is a duration like 90s, 45m or 1h30m.");
  }
}
