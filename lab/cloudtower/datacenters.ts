import { z } from "zod";
import type { Operation } from "../operation";
import { oneOf } from "../switch";
import { found } from "./found";
import { rowOf } from "./lists";
import { done, each, parsed, Refused, rest } from "./rest";
import type { LabTower } from "./tower-model";

export const sameDatacenter = oneOf(
  "sameDatacenter",
  ["made", "refused"],
  "A second datacenter of one name in an organisation.",
  "whether two datacenters of an organisation may have one name",
);

const createSchema = z.looseObject({ name: z.string().min(1), organization_id: z.string() });
const whereSchema = z.looseObject({ where: z.looseObject({}) });
const updateSchema = whereSchema.extend({ data: z.looseObject({ name: z.string().min(1).optional() }) });

export const datacenterOperations: Operation[] = [
  rest({
    id: "createDatacenter",
    path: "/create-datacenter",
    write: true,
    source: "runbook stage 05 创建数据中心; array or object: facts, part B 5A 1",
    assumed: "404 for an organisation that is not there",
    switches: [sameDatacenter],
    checkedBy: "lab tests",
    handle: (site, tower, call) =>
      each(createSchema, call.body, ({ name, organization_id: organization }) => {
        checkOrganization(tower, organization);
        const same = tower.datacenters.some((one) => one.name === name && one.organization === organization);
        if (same && site.switches.of(sameDatacenter) === "refused")
          throw new Refused(400, `datacenter ${name} already exists`);
        const id = site.cuid(`datacenter ${name}`);
        site.changeTower(({ datacenters }) => {
          datacenters.push({ id, name, organization });
        });
        return done(rowOf(site, tower, "Datacenter", id));
      }),
  }),
  rest({
    id: "updateDatacenter",
    path: "/update-datacenter",
    write: true,
    source: "the vendor's schema",
    assumed: "done at once; data.clusters is not heeded",
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(updateSchema, call.body);
      const ids = found(site, tower, "Datacenter", where).map(({ id }) => id);
      site.changeTower(({ datacenters }) => {
        for (const one of datacenters) if (ids.includes(one.id)) one.name = data.name ?? one.name;
      });
      return { status: 200, body: ids.map((id) => done(rowOf(site, tower, "Datacenter", id))) };
    },
  }),
  rest({
    id: "deleteDatacenter",
    path: "/delete-datacenter",
    write: true,
    source: "the vendor's schema",
    assumed: "done at once; 400 while a cluster is in it",
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      const ids = found(site, tower, "Datacenter", where).map(({ id }) => id);
      const full = tower.clusters.find(({ datacenter }) => datacenter !== undefined && ids.includes(datacenter));
      if (full) throw new Refused(400, `cluster ${full.ip} is in the datacenter`);
      site.changeTower((changed) => {
        changed.datacenters = changed.datacenters.filter(({ id }) => !ids.includes(id));
      });
      return { status: 200, body: ids.map((id) => done({ id })) };
    },
  }),
];

function checkOrganization({ organizations }: LabTower, organization: string): void {
  if (!organizations.some(({ id }) => id === organization))
    throw new Refused(404, `organization ${organization} is not found`);
}
