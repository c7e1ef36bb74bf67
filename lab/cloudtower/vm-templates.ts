import { z } from "zod";
import type { Operation } from "../operation";
import type { LabTemplate } from "../smtxos/cluster-model";
import { freeze } from "./frozen";
import { given } from "./keep";
import { checkMade, LOCKS, unlocked } from "./machine-change";
import { changeable, changeOwned, ownedIn } from "./owned";
import { each, parsed, Refused, rest } from "./rest";
import { vmsById } from "./shown-vms";
import type { LabTower } from "./tower-model";

const whereSchema = z.looseObject({ where: z.looseObject({}) });
const createSchema = z.looseObject({
  vm_id: z.string(),
  name: z.string().min(1),
  description: z.string().optional(),
  cloud_init_supported: z.boolean(),
  cluster_id: z.string().optional(),
});
const updateSchema = whereSchema.extend({
  data: z
    .looseObject({
      name: z.string().min(1).optional(),
      description: z.string().optional(),
      cloud_init_supported: z.boolean().optional(),
    })
    .default({}),
});

/** Templates of virtual machines: made from machines, changed and deleted by tasks. */
export const vmTemplateOperations: Operation[] = [
  rest({
    id: "cloneVmTemplateFromVm",
    path: "/clone-vm-template-from-vm",
    write: true,
    source: `the vendor's schema: required; ${LOCKS}`,
    assumed:
      "also of a machine that runs, which stays as it is; 400 for a name that the cluster has; into another cluster is 501",
    example: {
      when: "makes",
      request: ({ idOf }) => [{ vm_id: idOf("Vm"), name: "rocky-9", cloud_init_supported: true }],
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) =>
      each(createSchema, call.body, (asked) => {
        const shown = unlocked(site, vmsById(site, tower), asked.vm_id);
        const { cluster, vm, isNew } = shown;
        checkMade(vm, isNew);
        if (asked.cluster_id !== undefined && asked.cluster_id !== cluster.id)
          throw new Refused(501, `the lab makes no template outside the machine's cluster`);
        if (ownedIn(site, cluster, "template").some(({ name }) => name === asked.name))
          throw new Refused(400, `template ${asked.name} already exists`);
        const frozen = freeze(site, shown, asked.name, asked.description);
        const template: LabTemplate = { ...frozen, cloudInit: asked.cloud_init_supported };
        return changeOwned(site, tower, call, cluster, "template", template, { does: "create" });
      }),
  }),
  rest({
    id: "updateVmTemplate",
    path: "/update-vm-template",
    write: true,
    source: "the vendor's schema, 304 without a body for no change",
    assumed: "what is left out stays; 400 for one of the content library",
    example: {
      when: "changes",
      request: () => ({ where: { name: "rocky-9" }, data: { description: "Rocky Linux 9" } }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(updateSchema, call.body);
      const to = given({ name: data.name, description: data.description, cloudInit: data.cloud_init_supported });
      const found = changeable(site, tower, "template", where);
      for (const { object } of found) checkOwn(tower, object);
      const differs = found.filter(({ object }) =>
        Object.entries(to).some(([field, value]) => object[field as keyof LabTemplate] !== value),
      );
      if (differs.length === 0) return { status: 304, body: undefined };
      const body = differs.map(({ cluster, object }) =>
        changeOwned(site, tower, call, cluster, "template", object, { does: "update", to }),
      );
      return { status: 200, body };
    },
  }),
  rest({
    id: "deleteVmTemplate",
    path: "/delete-vm-template",
    write: true,
    source: "the vendor's schema",
    assumed: "machines that were made from it stay; 400 for one of the content library",
    example: { when: "ends", request: () => ({ where: { name: "rocky-9" } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      const found = changeable(site, tower, "template", where);
      for (const { object } of found) checkOwn(tower, object);
      const body = found.map(({ cluster, object }) =>
        changeOwned(site, tower, call, cluster, "template", object, { does: "delete" }),
      );
      return { status: 200, body };
    },
  }),
];

/** Those of the content library are changed through it. */
function checkOwn({ libraryTemplates = [] }: LabTower, { uuid, name }: LabTemplate): void {
  if (libraryTemplates.some(({ templates }) => Object.values(templates).includes(uuid)))
    throw new Refused(400, `template ${name} is one of the content library`);
}
