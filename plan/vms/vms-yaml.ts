import { Document, isMap, isScalar, isSeq, visit } from "yaml";
import { MOST_MACHINES } from "../rules/vm-entries";
import { refuseUnreadable, YamlProblem } from "../yaml-text";
import { diskName } from "./machines";

type Fields = Record<string, unknown>;

interface Standing {
  cloudtower: string;
  cluster: string;
  vms: ({ name: string; key?: string } & Fields)[];
}

/**
 * Machines as a vms.yaml that is as short as it can be, and comes to them again when it is read: what most of them have is
 * in the defaults, and a disk that is called as it would be without a name has none. Throws YamlProblem where there are
 * more than a plan may have.
 */
export function toVmsYaml({ cloudtower, cluster, vms }: Standing): string {
  if (vms.length > MOST_MACHINES)
    throw new YamlProblem(`a plan may have ${MOST_MACHINES}`, "make several plans of them");
  const entries = vms.map(withoutUsualNames);
  const defaults = commonTo(entries);
  const document = new Document({
    kind: "virtual-machines",
    cloudtower,
    cluster,
    ...(Object.keys(defaults).length > 0 && { defaults }),
    vms: entries.map((entry) => without(entry, defaults)),
  });
  // A disk or a network port is a line.
  visit(document, {
    Pair: (_, { key, value }) => {
      if (!isScalar(key) || !isSeq(value) || !["disks", "nics", "cdRoms"].includes(String(key.value))) return;
      for (const item of value.items) if (isMap(item)) item.flow = true;
    },
  });
  const text = document.toString({ lineWidth: 0 });
  refuseUnreadable(text);
  return text;
}

function withoutUsualNames(vm: Standing["vms"][number]): Fields {
  const disks = vm.disks as { name?: string }[] | undefined;
  const usual = (name: string | undefined, at: number) => name === diskName(vm.key ?? vm.name, at);
  return {
    ...vm,
    ...(disks && { disks: disks.map(({ name, ...disk }, at) => (usual(name, at) ? disk : { name, ...disk })) }),
  };
}

/** Of each field that all have, the value that most have, where it is more than one's own. */
function commonTo(entries: Fields[]): Fields {
  const [first = {}] = entries;
  const fields = Object.keys(first).filter((field) => !["name", "key"].includes(field));
  return Object.fromEntries(
    fields.flatMap((field) => {
      const counts = new Map<string, number>();
      for (const entry of entries) {
        if (!(field in entry)) return [];
        const value = JSON.stringify(entry[field]);
        counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      const [value = "", count = 0] = [...counts].reduce((most, each) => (each[1] > most[1] ? each : most));
      return count > 1 ? [[field, JSON.parse(value) as unknown]] : [];
    }),
  );
}

function without(entry: Fields, defaults: Fields): Fields {
  const own = ([field, value]: [string, unknown]) => JSON.stringify(defaults[field]) !== JSON.stringify(value);
  return Object.fromEntries(Object.entries(entry).filter(own));
}
