import { type Draft, isSecret, type Path } from "../draft";
import { namesOf } from "../vms/numbers";
import { isCopy } from "../vms/vms-plan";
import { report, reportTwice } from "./report";
import type { Entry, PartialVmsPlan } from "./vm-entries";

/** A name is one placement group. */
export function checkGroups(draft: Draft, { placementGroups = [] }: PartialVmsPlan): void {
  const names = placementGroups.map((group, i) => ({ path: ["placementGroups", i, "name"], value: group?.name }));
  reportTwice(draft, "vm-group-twice", names);
}

/** Two machines of one name, or of one key where no name says it already; once for two entries. */
export function checkTwice(draft: Draft, entries: Entry[]): void {
  const [names, keys] = [new Map<string, Path>(), new Map<string, Path>()];
  for (const { path, own, names: named, keys: keyed } of entries) {
    const at = [...path, "name"];
    const twice = firstTwice(named?.names ?? [], names, at);
    if (twice) report(draft, "vm-name-twice", at, { other: twice.other, params: { vm: twice.text } });
    const by = own.key === undefined ? at : [...path, "key"];
    const known = firstTwice(keyed?.names ?? [], keys, by);
    if (known && !twice) report(draft, "vm-key-twice", by, { other: known.other, params: { vm: known.text } });
  }
}

function firstTwice(texts: string[], seen: Map<string, Path>, path: Path): { text: string; other: Path } | undefined {
  const text = texts.find((each) => seen.has(each));
  const other = text === undefined ? undefined : seen.get(text);
  for (const each of texts) if (!seen.has(each)) seen.set(each, path);
  return text !== undefined && other ? { text, other } : undefined;
}

/** A host name for each machine: as many as there are machines, and none twice. */
export function checkHostnames(draft: Draft, entries: Entry[]): void {
  const seen = new Map<string, Path>();
  for (const { path, spec, names, pathOf } of entries) {
    const told: [Path, string | undefined][] = [
      [pathOf("hostname"), spec.hostname],
      [[...pathOf("cloudInit"), "hostname"], spec.cloudInit?.hostname],
    ];
    const all = new Map<string, Path>();
    for (const [written, text] of told) {
      if (text === undefined || !names) continue;
      // Nothing of cloudInit is shown.
      const value = isSecret(written) ? undefined : text;
      const at = written[0] === "vms" ? written : [...path, "name"];
      const own = namesOf(text)?.names;
      const params = { machines: names.names.length, count: own?.length ?? 0 };
      if (!own) report(draft, "vm-numbers-invalid", at, { value, other: written });
      else if (params.count !== params.machines)
        report(draft, "vm-hostname-numbers", at, { value, other: written, params });
      for (const each of own ?? []) if (!all.has(each)) all.set(each, at);
    }
    const twice = [...all].find(([text]) => seen.has(text));
    if (twice) report(draft, "vm-hostname-twice", twice[1], { other: seen.get(twice[0]) });
    for (const [text, at] of all) if (!seen.has(text)) seen.set(text, at);
  }
}

/** A volume that stands is one, whoever mounts it. A disk of a copy without a size may be the source's. */
export function checkVolumes(draft: Draft, entries: Entry[]): void {
  const seen = new Map<string, Path>();
  for (const { spec, names, isUnsure, pathOf } of entries) {
    if (isUnsure || isCopy(spec)) continue;
    for (const [i, disk] of (spec.disks ?? []).entries()) {
      if (!disk || disk.name === undefined || "size" in disk) continue;
      const at = [...pathOf("disks"), i];
      const other = seen.get(disk.name) ?? at;
      if (seen.has(disk.name) || (names && names.names.length > 1))
        report(draft, "vm-volume-shared", at, { value: disk.name, other });
      seen.set(disk.name, other);
    }
  }
}
