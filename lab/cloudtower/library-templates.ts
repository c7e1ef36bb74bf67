import { z } from "zod";
import type { Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import type { LabFrozen, LabTemplate } from "../smtxos/cluster-model";
import { BUSY } from "./cluster-change";
import { found } from "./found";
import { freeze } from "./frozen";
import { given } from "./keep";
import { checkMade, LOCKS, unlocked } from "./machine-change";
import { frozenOf } from "./machine-copies";
import { ownedId } from "./owned";
import { each, parsed, Refused, rest } from "./rest";
import { vmsById } from "./shown-vms";
import { asyncStatus } from "./standing";
import { startTask } from "./start-task";
import { rowOf } from "./tables";
import type { LabLibraryTemplate, LabTower, LibraryAct } from "./tower-model";

const KIND = "ContentLibraryVmTemplate";

const whereSchema = z.looseObject({ where: z.looseObject({}) });
const createSchema = z.looseObject({
  vm: z.looseObject({}),
  clusters: z.looseObject({}),
  name: z.string().min(1),
  description: z.string().optional(),
  cloud_init_supported: z.boolean(),
});
const updateSchema = whereSchema.extend({
  data: z.looseObject({
    name: z.string().min(1).optional(),
    description: z.string().optional(),
    cloud_init_supported: z.boolean().optional(),
  }),
});
const clustersSchema = whereSchema.extend({ data: z.looseObject({ clusters: z.looseObject({}) }) });

const SCHEMA = "the vendor's schema";
const byName = () => ({ where: { name: "ubuntu-24.04" } });

/** Templates of the content library: made from machines, given to clusters, changed and deleted by tasks. */
export const libraryTemplateOperations: Operation[] = [
  rest({
    id: "cloneContentLibraryVmTemplateFromVm",
    path: "/clone-content-library-vm-template-from-vm",
    write: true,
    source: `${SCHEMA}: required, clusters by a condition; ${LOCKS}`,
    assumed: "the clusters need not be the machine's; 400 for a name that the library has",
    example: {
      when: "makes",
      request: ({ idOf }) => [
        {
          vm: { id: idOf("Vm") },
          clusters: { id_in: [idOf("Cluster")] },
          name: "ubuntu-24.04",
          cloud_init_supported: true,
        },
      ],
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) =>
      each(createSchema, call.body, (asked) => {
        const { name, description = "", cloud_init_supported: cloudInit } = asked;
        const [vm] = found(site, tower, "Vm", asked.vm);
        const shown = unlocked(site, vmsById(site, tower), vm?.id ?? "");
        checkMade(shown.vm, shown.isNew);
        checkFree(tower, name);
        const frozen = freeze(site, shown, name, description);
        const id = site.cuid(`content library template ${name}`);
        const template: LabLibraryTemplate = { id, name, description, cloudInit, createdAt: site.now, templates: {} };
        const clusters = found(site, tower, "Cluster", asked.clusters).map((row) => row.id);
        return change(site, tower, call, template, {
          does: "create",
          templates: copies(site, frozen, cloudInit, clusters),
        });
      }),
  }),
  rest({
    id: "updateContentLibraryVmTemplate",
    path: "/update-content-library-vm-template",
    write: true,
    source: SCHEMA,
    assumed: "what is left out stays, in its templates too; clusters are 501; 400 for a name that the library has",
    example: { when: "changes", request: () => ({ ...byName(), data: { description: "Ubuntu" } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(updateSchema, call.body);
      if (data["clusters"] !== undefined) throw new Refused(501, "the lab changes clusters by distribute and remove");
      const { name, description, cloud_init_supported: cloudInit } = data;
      const to = given({ name, description, cloudInit });
      const body = changeable(site, tower, where).map((template) => {
        if (name !== undefined && name !== template.name) checkFree(tower, name);
        return change(site, tower, call, template, { does: "update", to });
      });
      return { status: 200, body };
    },
  }),
  rest({
    id: "distributeContentLibraryVmTemplateClusters",
    path: "/distribute-content-library-vm-template-clusters",
    write: true,
    source: SCHEMA,
    assumed: "a task also where it is in all of the clusters",
    example: { when: "changes", request: () => ({ ...byName(), data: { clusters: {} } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(clustersSchema, call.body);
      const clusters = found(site, tower, "Cluster", data.clusters).map(({ id }) => id);
      const body = changeable(site, tower, where).map((template) => {
        const more = clusters.filter((id) => template.templates[id] === undefined);
        const [of = "", uuid = ""] = Object.entries(template.templates)[0] ?? [];
        const cluster = tower.clusters.find(({ id }) => id === of);
        if (!cluster) throw new Refused(400, `template ${template.name} is in no cluster`);
        const { object } = frozenOf(site, tower, "template", ownedId(site, cluster, "template", uuid));
        const templates = copies(site, object, template.cloudInit, more);
        return change(site, tower, call, template, { does: "distribute", templates });
      });
      return { status: 200, body };
    },
  }),
  rest({
    id: "removeContentLibraryVmTemplateClusters",
    path: "/remove-content-library-vm-template-clusters",
    write: true,
    source: SCHEMA,
    assumed: "a task also where it is in none of the clusters; 400 where it would be in none any more",
    example: {
      when: "changes",
      request: () => ({ ...byName(), data: { clusters: { id: "none-of-them" } } }),
      status: 404,
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(clustersSchema, call.body);
      const clusters = found(site, tower, "Cluster", data.clusters).map(({ id }) => id);
      const body = changeable(site, tower, where).map((template) => {
        if (Object.keys(template.templates).every((id) => clusters.includes(id)))
          throw new Refused(400, `template ${template.name} would be in no cluster`);
        return change(site, tower, call, template, { does: "withdraw", clusters });
      });
      return { status: 200, body };
    },
  }),
  rest({
    id: "deleteContentLibraryVmTemplate",
    path: "/delete-content-library-vm-template",
    write: true,
    source: SCHEMA,
    assumed: "its templates go with it; machines that were made from it stay",
    example: { when: "ends", request: byName },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      const body = changeable(site, tower, where).map((template) =>
        change(site, tower, call, template, { does: "delete" }),
      );
      return { status: 200, body };
    },
  }),
];

function checkFree({ libraryTemplates = [] }: LabTower, name: string): void {
  if (libraryTemplates.some((each) => each.name === name))
    throw new Refused(400, `content library template ${name} already exists`);
}

function copies(
  site: SiteState,
  frozen: LabFrozen,
  cloudInit: boolean,
  clusters: string[],
): Record<string, LabTemplate> {
  const { uuid: _uuid, ...like } = frozen;
  return Object.fromEntries(
    clusters.map((id) => [id, { ...like, uuid: site.id(`template ${frozen.name} ${id}`), cloudInit }]),
  );
}

/** Those that a condition finds, none of them in a task. */
function changeable(site: SiteState, tower: LabTower, where: object): LabLibraryTemplate[] {
  const ids = found(site, tower, KIND, where).map(({ id }) => id);
  const templates = (tower.libraryTemplates ?? []).filter(({ id }) => ids.includes(id));
  for (const { name, busy } of templates)
    if (asyncStatus(site, busy) !== null) throw new Refused(400, `a task on template ${name} has not ended`);
  return templates;
}

const MUTATIONS: Record<LibraryAct["does"], string> = {
  create: "cloneContentLibraryVmTemplateFromVm",
  update: "updateContentLibraryVmTemplate",
  distribute: "distributeContentLibraryVmTemplateClusters",
  withdraw: "removeContentLibraryVmTemplateClusters",
  delete: "deleteContentLibraryVmTemplate",
};

function change(site: SiteState, tower: LabTower, call: Call, template: LabLibraryTemplate, act: LibraryAct) {
  const { id, name } = template;
  const status = act.does === "create" || act.does === "delete" ? BUSY[act.does] : BUSY.update;
  const task_id = startTask(
    site,
    tower,
    call,
    {
      description: `${act.does.replace(/^./, (letter) => letter.toUpperCase())} content library template ${name}`,
      mutation: MUTATIONS[act.does],
      resource: { type: KIND, id },
      args: {},
      change: { kind: "library", id, act },
    },
    (changed) => {
      if (act.does === "create") changed.libraryTemplates = [...(changed.libraryTemplates ?? []), template];
      for (const each of changed.libraryTemplates ?? []) if (each.id === id) each.busy = { status };
    },
  );
  return { task_id, data: act.does === "delete" ? { id } : rowOf(site, tower, KIND, id) };
}
