import { expect, test } from "vitest";
import type { LabOptions } from "../lab";
import { type Connected, madeVm, withConnected } from "./machines.fixture";
import type { WithTask } from "./tower.fixture";
import { TOWER_VERSIONS } from "./tower-model";

interface Folder {
  at: Connected;
  /** Of the folder. */
  id: string;
}

/** A connected cluster with the folder `web`. */
async function withFolder(options: Partial<LabOptions>, body: (folder: Folder) => Promise<void>) {
  await withConnected(options, async (at) => {
    const request = [{ cluster_id: at.cluster, name: "web" }];
    const [made] = await at.tower.data<WithTask[]>("/create-vm-folder", request);
    await body({ at, id: made?.data.id as string });
  });
}

/** Somebody puts a new machine into the folder; its id. */
async function putIn({ at, id }: Folder): Promise<string> {
  const { id: vm } = await madeVm(at);
  at.tower.lab.cloudtower.change(({ vmFolders = [] }) => {
    for (const folder of vmFolders) if (folder.id === id) folder.vms.push(vm);
  });
  return vm;
}

test.each(TOWER_VERSIONS)("a folder is shown with its machines, by its cluster and by them (%s)", async (version) => {
  await withFolder({ cloudtowerVersion: version }, async (folder) => {
    const { at, id } = folder;
    const { tower, cluster } = at;
    const vm = await putIn(folder);
    expect(await tower.data("/get-vm-folders", { where: { cluster: { id: cluster }, vms_some: { id: vm } } })).toEqual([
      {
        id,
        local_id: expect.stringMatching(/^[0-9a-f]{8}-/),
        name: "web",
        cluster: { id: cluster, name: "HCI-01" },
        vm_num: 1,
        vms: [{ id: vm, name: "web-01" }],
      },
    ]);
    expect(await tower.data("/get-vms", { where: { folder: { name: "web" } } })).toMatchObject([
      { id: vm, folder: { id, name: "web" } },
    ]);
    expect(await tower.data("/get-clusters", { where: { vm_folders_some: { id } } })).toMatchObject([
      { id: cluster, vm_folders: [{ id, name: "web" }] },
    ]);
  });
});
