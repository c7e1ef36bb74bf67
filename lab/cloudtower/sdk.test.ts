import { expect, test } from "vitest";
import { isoImage, withConnected } from "./machines.fixture";
import { pythonFor, runSdk } from "./sdk.fixture";
import { TOWER_VERSIONS, type TowerVersion } from "./tower-model";

/** The release of the vendor's SDK whose operations are those of a version's document. */
const SDK: Record<TowerVersion, string> = { "4.6.0": "2.20.0", "4.8.0": "2.22.1" };

test.for(TOWER_VERSIONS)(
  "the vendor's SDK sets CloudTower %s to work: its models take every answer, and show what was asked for",
  // The first run of all installs the SDK.
  { timeout: 300_000 },
  async (version, { skip }) => {
    const python = await pythonFor(version);
    if (python === undefined) return skip("there is no python3");
    await withConnected({ speed: 1_000, cloudtowerVersion: version }, async (at) => {
      await isoImage(at);
      await at.tower.lab.setFaults([{ operation: "forceRestartVm", task: "stuck" }]);
      const vm = ["STOPPED", 2, 2 * 2 ** 30, false];
      expect(await runSdk(python, "walk.py", at.tower.lab)).toEqual({
        sdk: SDK[version],
        "wrong login": 400,
        "without token": 401,
        organizations: ["C89"],
        datacenters: ["DC-04", "DC-02", "DC-01"],
        "datacenters left": ["DC-01"],
        cluster: ["HCI-01", "SMTX_OS", 3, ["node-01", "node-02", "node-03"]],
        hosts: [1, 2, 3].map((number) => [`node-0${number}`, `10.0.20.10${number}`, "CONNECTED_HEALTHY"]),
        lists: {
          "elf images": ["linux.iso"],
          "storage policies": ["default"],
          zones: 1,
          nodes: ["node-01", "node-02", "node-03"],
        },
        vlan: [["VLAN-30", 30, "VDS-MGT"]],
        "vlan changed": [["VLAN-31", 31]],
        placeholders: [1, 2, 3, 4, 5].map((number) => [`vm-${number}`, "CREATING", "placeholder-"]),
        made: [1, 2, 3, 4, 5].map((number) => [`vm-${number}`, ...vm]),
        "ids kept": true,
        pages: {
          all: ["vm-1", "vm-2", "vm-3", "vm-4", "vm-5"],
          descending: ["vm-5", "vm-4", "vm-3", "vm-2", "vm-1"],
          first: ["vm-1", "vm-2"],
          after: ["vm-3", "vm-4"],
          skip: ["vm-4", "vm-5"],
          last: ["vm-4", "vm-5"],
          before: ["vm-2", "vm-3"],
          where: ["vm-1", "vm-5"],
          nested: ["vm-1", "vm-2", "vm-4", "vm-5"],
        },
        count: 2,
        tasks: [
          ["Create VM vm-1", "SUCCESSED", "createVm", true],
          ["Create VM vm-2", "SUCCESSED", "createVm", true],
        ],
        duplicate: [500, null],
        "duplicate says": true,
        parts: [
          [["DISK", "VIRTIO", "vm-1"]],
          [["VIRTIO", "VLAN-31"]],
          [[10 * 2 ** 30, true, "REPLICA_2_THIN_PROVISION"]],
        ],
        updated: ["vm-0", "renamed", 2],
        "ids of parts kept": [false, false],
        started: ["RUNNING", "node-01"],
        "powered off": "STOPPED",
        locked: [400, "ResourceLocked", "/poweroff-vm", "VM", true],
        graphs: [["CPU", "Host", 3]],
        deleted: true,
        left: ["stuck", "vm-3", "vm-4", "vm-5"],
        "volumes left": ["stuck"],
        "vlans left": ["VLAN-31", "default", "mgt-network"],
        "not there": 404,
      });
    });
  },
);
