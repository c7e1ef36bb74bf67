import { z } from "zod";
import type { Operation } from "../operation";
import { changeVm, checkMade, LOCKS, onVms, updated } from "./machine-change";
import { parsed, Refused, rest } from "./rest";
import type { LabTower } from "./tower-model";

/** Who a machine is to belong to. */
export const ownerSchema = z.looseObject({ search_for: z.enum(["username", "id"]).optional(), value: z.string() });
const updateSchema = z.looseObject({ where: z.looseObject({}), data: ownerSchema.required({ search_for: true }) });

/** The field of a machine that is made for somebody; none where nobody is told. */
export function ownerOf(tower: LabTower, owner: z.output<typeof ownerSchema> | undefined): { owner?: string } {
  if (!owner) return {};
  const { search_for: by = "id", value } = owner;
  const [user] = tower.users.filter((each) => each[by] === value);
  if (!user) throw new Refused(404, `user ${value} is not found`);
  return { owner: user.id };
}

/** Who machines belong to. */
export const machineOwnerOperations: Operation[] = [
  rest({
    id: "updateVmOwner",
    path: "/update-vm-owner",
    write: true,
    source: `the vendor's schema: a user by name or by id; ${LOCKS}`,
    assumed:
      "a user is found by id where a creation does not say by what; of two of one name the first; the same owner again takes a task; 404 for a user that is not there; the owner is shown nowhere",
    example: {
      when: "changes",
      request: ({ idOf }) => ({ where: { id: idOf("Vm") }, data: { search_for: "username", value: "root" } }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(updateSchema, call.body);
      const to = ownerOf(tower, data);
      return onVms(site, tower, where, (machine) => {
        checkMade(machine.vm, machine.isNew);
        return changeVm(site, tower, call, machine, "updateVmOwner", updated(to));
      });
    },
  }),
];
