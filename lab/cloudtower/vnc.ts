import { z } from "zod";
import type { Operation } from "../operation";
import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import { parsed, Refused, rest } from "./rest";
import { shownVms, vmId } from "./shown-vms";
import { hostOf } from "./standing";
import type { LabTower } from "./tower-model";
import { vmRow } from "./vm-rows";

export const vncLinks = oneOf(
  "vncLinks",
  ["links", "paths", "tokens"],
  "What redirect and direct of /get-vm-vnc-info hold.",
  "the schema has texts and no word on them; the guide builds wss://…/websockify/?… of GraphQL's answer. paths: the same without wss:// and address; tokens: the tokens alone, and no direct",
);

export const vncToken = oneOf(
  "vncToken",
  [true, false],
  "GraphQL's vnc has the field token.",
  "a later state of the vendor's guide (获取 VNC 信息) reads token for the way through CloudTower and raw_token for that to the cluster; cloudtower-api-guide, 如何获取 VNC 信息, knows raw_token alone. false: the field is unknown",
);

const inputSchema = z.looseObject({ vm: z.looseObject({ id: z.string().nullish(), local_id: z.string().nullish() }) });

/** The way to a machine's screen: what GraphQL's vnc answers. */
export function vncOf(site: SiteState, tower: LabTower, input: unknown) {
  const { vm: where } = parsed(inputSchema, input);
  const shown = shownVms(site, tower).find(
    ({ cluster, vm }) => vm.uuid === where.local_id || vmId(site, cluster, vm.uuid) === where.id,
  );
  if (!shown) throw new Refused(404, "the virtual machine is not found");
  const { cluster, vm } = shown;
  if (vm.status !== "running") throw new Refused(400, `virtual machine ${vm.name} is ${vm.status}`);
  return {
    shown,
    vnc: {
      vm_uuid: vm.uuid,
      host_ip: hostOf(site, cluster, vm)?.managementIp ?? "",
      cluster_ip: cluster.ip,
      raw_token: site.fixedId(`vnc of ${vm.uuid}`).replaceAll("-", ""),
      // With signs that no query of an address may have as they are.
      token: `${Buffer.from(site.fixedId(`forwarded vnc of ${vm.uuid}`)).toString("base64")}+/==`,
    },
  };
}

export const vncOperations: Operation[] = [
  rest({
    id: "getVmVncInfo",
    path: "/get-vm-vnc-info",
    write: false,
    source: "the vendor's schema; what the links are made of: cloudtower-api-guide, 如何获取 VNC 信息",
    assumed:
      "redirect leads through CloudTower and direct to the cluster; terminal is a page; 400 for a machine that does not run; the same tokens each time",
    switches: [vncLinks],
    example: { when: "changes", request: ({ idOf }) => ({ vm: { id: idOf("Vm") } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { shown, vnc } = vncOf(site, tower, call.body);
      const link = (at: string, token: string) => {
        const path = `/websockify/?uuid=${vnc.vm_uuid}&token=${encodeURIComponent(token)}&host=${vnc.host_ip}`;
        return { links: `wss://${at}${path}`, paths: path, tokens: token }[site.switches.of(vncLinks)];
      };
      const body = {
        vm: vmRow(site, tower, shown),
        terminal: `/terminal?vm=${vnc.vm_uuid}`,
        redirect: link(tower.address, vnc.token),
        ...(site.switches.of(vncLinks) !== "tokens" && { direct: link(vnc.cluster_ip, vnc.raw_token) }),
        cluster_ip: vnc.cluster_ip,
      };
      return { status: 200, body };
    },
  }),
];
