import type { Draft, Path } from "../draft";
import { isNic } from "../names";
import { type PartialPlan, type SwitchOwner, sharesSwitch, switchOwners } from "./partial-plan";
import { hasError, report, reportTwice } from "./report";

/** Host ports and bond modes of the switches, columns C, J and K of 虚拟网络. */
export function checkSwitches(draft: Draft, plan: PartialPlan): void {
  const taken = new Map<string, Path>();
  for (const owner of switchOwners) {
    const planned = plan[owner]?.switch;
    if (!planned || !Array.isArray(planned.nics)) continue;
    const nics = planned.nics.filter((nic) => typeof nic === "string");
    const at = [owner, "switch", "nics"];
    const value = nics.join(",");
    const bad = nics.find((nic) => !isNic(nic));
    const twice = nics.find((nic, i) => nics.indexOf(nic) !== i);
    if (bad !== undefined) report(draft, "nic-invalid", at, { value, params: { nic: bad.slice(0, 40) } });
    if (twice !== undefined) report(draft, "nic-twice", at, { value, params: { nic: twice } });
    // How many ports there are is known only where each is one.
    if (bad === undefined && twice === undefined) checkBond(draft, owner, planned, nics.length);

    // A switch that business networks must not have is refused below; whose ports it names does not matter.
    if (owner === "business" && sharesSwitch(plan)) continue;
    for (const nic of new Set(nics)) {
      const other = taken.get(nic);
      if (other) report(draft, "nic-shared", at, { value, other, params: { nic } });
      else taken.set(nic, at);
    }
  }
  reportTwice(
    draft,
    "switch-name-twice",
    switchOwners.map((owner) => ({ path: [owner, "switch", "name"], value: plan[owner]?.switch?.name })),
  );
  checkBusinessSwitch(draft, plan);
}

/** Business networks have a switch of their own, or share the management switch (存储独立); never both. */
function checkBusinessSwitch(draft: Draft, plan: PartialPlan): void {
  const path = ["business", "switch"];
  if (!plan.business) return;
  if (sharesSwitch(plan) && plan.business.switch) {
    report(draft, "business-ports-unused", path, { other: ["management", "switch"] });
  }
  if (!sharesSwitch(plan) && !plan.business.switch && !hasError(draft, [...path, "name"])) {
    report(draft, "key-missing", path, { params: { path: path.join(".") } });
  }
}

function checkBond(draft: Draft, owner: SwitchOwner, planned: { bondMode?: unknown }, count: number): void {
  const path = [owner, "switch", "bondMode"];
  const other = [owner, "switch", "nics"];
  if (count === 1 && planned.bondMode !== undefined) {
    report(draft, "bond-unneeded", path, { value: String(planned.bondMode), other });
    delete planned.bondMode;
  }
  // A mode that is there but wrong has its own finding at the same place.
  if (count > 1 && planned.bondMode === undefined && !hasError(draft, path)) {
    report(draft, "bond-missing", path, { other, params: { count } });
  }
}
