import { z } from "zod";
import { plainObject } from "./plain";

export const organizations = plainObject({
  kind: "Organization",
  noun: "organization",
  plural: "organizations",
  fields: z.object({ name: z.string().min(1) }),
  keptIn: "organizations",
  keep: (id, { name }) => ({ id, name }),
  called: ({ name }) => name,
  isTaken: (kept, { name }) => kept.name === name,
  keys: ({ name }) => ({ name }),
  row: ({ id }, _site, { datacenters }) => ({
    datacenters: datacenters.flatMap((each) => (each.organization === id ? [{ id: each.id, name: each.name }] : [])),
  }),
  example: { made: { name: "ORG-02" }, changed: { name: "ORG-03" } },
  lists: {
    nested: { datacenters: "Datacenter" },
    source: "runbook stage 05 获取组织ID, as an array: facts, part B 5A 2",
  },
  create: { assumed: "400 for a name that is there" },
  update: { assumed: "404 where none is found, 400 for a name that is there" },
  delete: { assumed: "400 while a datacenter is in it" },
});
