import { z } from "zod";
import type { Answer, Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import type { LabCluster, LabVds, LabVlan } from "./cluster-model";
import { envelope, failure } from "./envelope";
import { SETTLES } from "./job-end";
import { inSession, missing, missingObject, onVds, plainError, unauthorised } from "./session";
import { listed, listsAs } from "./told";

export const changeVlan = oneOf(
  "changeVlan",
  ["direct", 404, 405],
  "PUT and DELETE of a VLAN's path: done at once, or the status that refuses them.",
  "whether fisheye has PUT and DELETE of a VLAN; CloudTower has /update-vm-vlan and /delete-vm-vlan, a public client sends the DELETE",
);

export const vlanIdAs = oneOf(
  "vlanIdAs",
  ["number", "string"],
  "How a network's vlan_id is written.",
  "vlan_id may be a string or a number (facts, part B 5B 6)",
);

export const systemNetworks = oneOf(
  "systemNetworks",
  [true, false],
  "The deployment's own networks stand among a switch's.",
  "whether mgt-network and storage-network are listed among a switch's networks, and counted",
);

export const earlyVlan = oneOf(
  "earlyVlan",
  ["taken", "busy"],
  "A network for a switch whose job has not ended yet: made, or refused (EBUSY).",
  "a public client that is used at real sites asks for the networks as soon as the pending job tells the switch's uuid, and does not wait for its end; no document says whether one must",
);

export const vlanOrder = oneOf(
  "vlanOrder",
  ["vm-first", "system-first"],
  "Which of a switch's networks its list begins with: those of virtual machines, or the deployment's own.",
  "a public client that is used at real sites takes the first network of the management switch with the planned VLAN id for CloudTower's machine, and mgt-network and default have the same: what virtual machines can use stands first, or alone (systemNetworks)",
);

/** Both clients of facts, part B 5B 6, take a VLAN id as a number or as text. */
const vlanIdSchema = z.union([z.int(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.int().min(0).max(4094));
const createSchema = z.strictObject({ name: z.string().min(1), vlan_id: vlanIdSchema, vds_uuid: z.string() });
const updateSchema = createSchema.partial();

/** Networks on a switch: the deployment's own, the platform's `default`, and what was created. */
export const vlanOperations: Operation[] = [
  {
    id: "createVlan",
    system: "fisheye",
    method: "POST",
    path: "/api/v2/network/vds/{vds}/vlans",
    write: true,
    source: "runbook stage 03 创建业务网络: one request each, answered with the VLAN itself",
    assumed:
      "EINVAL; EEXIST for a VLAN id that another network of virtual machines on the switch has; EBUSY where one waits for the switch's own job; networks go with a switch whose job fails; two networks may have one name",
    switches: [earlyVlan, vlanIdAs, missingObject, unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) =>
      onVds(site, call, (vds, cluster) => {
        const body = createSchema.safeParse(call.body);
        if (!body.success || body.data.vds_uuid !== vds.uuid)
          return failure("EINVAL", "a network has a name, a vlan_id from 0 to 4094, and the vds_uuid of its switch");
        if (vds.settledAt === undefined && site.switches.of(earlyVlan) === "busy")
          return failure("EBUSY", `a job on VDS ${vds.name} has not ended`);
        const { name, vlan_id } = body.data;
        const taken = idTaken(cluster, vds.uuid, vlan_id);
        if (taken) return taken;
        const vlan: LabVlan = {
          uuid: site.id(`vlan ${vds.uuid} ${name}`),
          vds: vds.uuid,
          name,
          vlanId: vlan_id,
          use: "vm",
          settledAt: site.now + SETTLES,
        };
        site.change((model) => {
          model.cluster?.vlans.push(vlan);
        });
        return envelope(shownVlan(site, vlan));
      }),
  },
  {
    id: "listVlans",
    system: "fisheye",
    method: "GET",
    path: "/api/v2/network/vds/{vds}/vlans",
    write: false,
    source: "facts, part B 5B 6: data.entities; each as in the runbook's answer to the POST",
    assumed:
      "whether the deployment's own networks are listed, and their type; that `default` has the management network's VLAN id",
    switches: [listsAs, vlanIdAs, systemNetworks, vlanOrder, missingObject, unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) =>
      onVds(site, call, (vds, cluster) =>
        envelope(
          listed(
            site,
            shownVlans(site, cluster, vds).map((vlan) => shownVlan(site, vlan)),
          ),
        ),
      ),
  },
  {
    id: "searchVlans",
    system: "fisheye",
    method: "GET",
    path: "/api/v2/network/vm_vlans/search",
    write: false,
    source: "facts, part B 5B 6: data.entities; a public client asks it by GET and without a query",
    assumed: "networks of virtual machines alone, all in one answer; a query is not heeded",
    switches: [listsAs, vlanIdAs, unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) =>
      inSession(site, call, ({ vlans }) =>
        envelope(
          listed(
            site,
            vlans.filter((vlan) => vlan.use === "vm").map((vlan) => shownVlan(site, vlan)),
          ),
        ),
      ),
  },
  {
    id: "readVlan",
    system: "fisheye",
    method: "GET",
    path: "/api/v2/network/vds/{vds}/vlans/{vlan}",
    write: false,
    source: "none in the documents; a public client asks it",
    assumed: "the shape, that of the runbook's answer to the POST; ENOTFOUND",
    switches: [vlanIdAs, missingObject, unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) => onVlan(site, call, (vlan) => envelope(shownVlan(site, vlan))),
  },
  {
    id: "updateVlan",
    system: "fisheye",
    method: "PUT",
    path: "/api/v2/network/vds/{vds}/vlans/{vlan}",
    write: true,
    source: "none: documented in CloudTower's API only (/update-vm-vlan)",
    assumed: "all of it: at once, what is left out stays, answered with the VLAN; EINVAL, EEXIST",
    switches: [changeVlan, vlanIdAs, missingObject, unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) =>
      mayChange(site, call, (vlan, cluster) => {
        const body = updateSchema.safeParse(call.body);
        if (!body.success || (body.data.vds_uuid ?? vlan.vds) !== vlan.vds)
          return failure("EINVAL", "a network has a name, a vlan_id from 0 to 4094, and stays on its switch");
        const { name = vlan.name, vlan_id = vlan.vlanId } = body.data;
        const taken = idTaken(cluster, vlan.vds, vlan_id, vlan.uuid);
        if (taken) return taken;
        const changed = { ...vlan, name, vlanId: vlan_id };
        site.change((model) => {
          const kept = model.cluster?.vlans.find((each) => each.uuid === vlan.uuid);
          Object.assign(kept ?? {}, changed);
        });
        return envelope(shownVlan(site, changed));
      }),
  },
  {
    id: "deleteVlan",
    system: "fisheye",
    method: "DELETE",
    path: "/api/v2/network/vds/{vds}/vlans/{vlan}",
    write: true,
    source: "none in the documents but CloudTower's (/delete-vm-vlan); a public client asks it and wants EOK",
    assumed: "at once, data empty; EINVAL for the deployment's own networks",
    switches: [changeVlan, missingObject, unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) =>
      mayChange(site, call, (vlan) => {
        site.change((model) => {
          if (!model.cluster) return;
          model.cluster.vlans = model.cluster.vlans.filter((each) => each.uuid !== vlan.uuid);
        });
        return envelope({});
      }),
  },
];

/** The networks of a switch that lists show and vlans_count counts. */
export function shownVlans({ switches }: SiteState, { vlans }: LabCluster, { uuid }: LabVds): LabVlan[] {
  const on = vlans.filter((vlan) => vlan.vds === uuid);
  const [usable, own] = [on.filter(({ use }) => use === "vm"), on.filter(({ use }) => use !== "vm")];
  if (!switches.of(systemNetworks)) return usable;
  return switches.of(vlanOrder) === "vm-first" ? [...usable, ...own] : [...own, ...usable];
}

function onVlan(site: SiteState, call: Call, answer: (vlan: LabVlan, cluster: LabCluster) => Answer): Answer {
  return onVds(site, call, (vds, cluster) => {
    const vlan = cluster.vlans.find((each) => each.vds === vds.uuid && each.uuid === call.params["vlan"]);
    return vlan ? answer(vlan, cluster) : missing(site, `network ${call.params["vlan"]} of VDS ${vds.name}`);
  });
}

function mayChange(site: SiteState, call: Call, answer: (vlan: LabVlan, cluster: LabCluster) => Answer): Answer {
  const changes = site.switches.of(changeVlan);
  if (changes !== "direct") return inSession(site, call, () => plainError(changes, "no such call"));
  return onVlan(site, call, (vlan, cluster) =>
    vlan.use === "vm" ? answer(vlan, cluster) : failure("EINVAL", `network ${vlan.name} is the cluster's own`),
  );
}

function idTaken({ vlans }: LabCluster, vds: string, vlanId: number, but?: string): Answer | undefined {
  const other = vlans.find(
    (each) => each.vds === vds && each.vlanId === vlanId && each.use === "vm" && each.uuid !== but,
  );
  return other && failure("EEXIST", `VLAN id ${vlanId} is that of network ${other.name} on the same VDS`);
}

/** Type 3 is a network of virtual machines (runbook); the other two are assumed. */
const TYPES = { vm: 3, mgt: 1, storage: 2 };

function shownVlan({ switches }: SiteState, vlan: LabVlan) {
  return {
    uuid: vlan.uuid,
    name: vlan.name,
    vds_uuid: vlan.vds,
    vlan_id: switches.of(vlanIdAs) === "string" ? String(vlan.vlanId) : vlan.vlanId,
    type: TYPES[vlan.use],
    enable_dhcp: false,
    vms_count: 0,
    vm_snapshots_count: 0,
    vm_templates_count: 0,
    dhcp_config: null,
  };
}
