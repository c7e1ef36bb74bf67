import { z } from "zod";
import type { Operation } from "../operation";
import type { SiteState } from "../site-state";
import { found } from "./found";
import { allRows, rowOf } from "./lists";
import { done, each, parsed, Refused, rest } from "./rest";
import type { LabTower } from "./tower-model";

const nameSchema = z.looseObject({ name: z.string().min(1) });
const updateSchema = z.looseObject({ where: z.looseObject({}), data: nameSchema.partial() });

export const organizationOperations: Operation[] = [
  rest({
    id: "createOrganization",
    path: "/create-organization",
    write: true,
    source: "the vendor's schema",
    assumed: "done at once; 400 for a name that is there",
    checkedBy: "lab tests",
    handle: (site, tower, call) =>
      each(nameSchema, call.body, ({ name }) => {
        const id = addOrganization(site, tower, name);
        return done(rowOf(site, tower, "Organization", id));
      }),
  }),
  rest({
    id: "updateOrganization",
    path: "/update-organization",
    write: true,
    source: "the vendor's schema",
    assumed: "done at once; 404 where none is found",
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(updateSchema, call.body);
      const rows = found(site, tower, "Organization", where);
      site.changeTower(({ organizations }) => {
        for (const each of organizations) if (rows.some(({ id }) => id === each.id)) each.name = data.name ?? each.name;
      });
      const ids = rows.map(({ id }) => id);
      const now = allRows(site, tower, "Organization").filter(({ id }) => ids.includes(id));
      return { status: 200, body: now.map(done) };
    },
  }),
  rest({
    id: "deleteOrganization",
    path: "/delete-organization",
    write: true,
    source: "the vendor's schema",
    assumed: "done at once; 400 while a datacenter is in it",
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(z.looseObject({ where: z.looseObject({}) }), call.body);
      const ids = found(site, tower, "Organization", where).map(({ id }) => id);
      const full = tower.datacenters.find(({ organization }) => ids.includes(organization));
      if (full) throw new Refused(400, `datacenter ${full.name} is in the organization`);
      site.changeTower((changed) => {
        changed.organizations = changed.organizations.filter(({ id }) => !ids.includes(id));
      });
      return { status: 200, body: ids.map((id) => done({ id })) };
    },
  }),
];

/** A new organisation's id. */
export function addOrganization(site: SiteState, tower: LabTower, name: string): string {
  if (tower.organizations.some((organization) => organization.name === name))
    throw new Refused(400, `organization ${name} already exists`);
  const id = site.cuid(`organization ${name}`);
  site.changeTower(({ organizations }) => {
    organizations.push({ id, name });
  });
  return id;
}
