import type { Model } from "../model";
import type { SiteState } from "../site-state";
import type { LabCluster, LabVds, LabVlan, LabVm } from "./cluster-model";
import { FACTORY_NAME, type LabHost } from "./host-model";
import { nextOutcome, setNextOutcome } from "./next-deployment";

/** What happens to hosts and their cluster behind a client's back. */
export function smtxosByHand(site: SiteState) {
  function changeHost(managementIp: string, change: (host: LabHost) => void): void {
    site.change(({ hosts }) => {
      const host = hosts.find((each) => each.managementIp === managementIp);
      if (!host) throw new Error(`no host ${managementIp} in the lab`);
      change(host);
    });
  }

  function changeCluster(change: (cluster: LabCluster, model: Model) => void): void {
    site.change((model) => {
      if (!model.cluster) throw new Error("no cluster stands in the lab yet");
      change(model.cluster, model);
    });
  }

  /** Changes the one of a list that has this name. */
  function changeNamed<T extends { name: string }>(
    what: string,
    name: string,
    listOf: (cluster: LabCluster) => T[],
    change: (one: T) => void,
  ): void {
    changeCluster((cluster) => {
      const one = listOf(cluster).find((each) => each.name === name);
      if (!one) throw new Error(`no ${what} ${name} in the lab`);
      change(one);
    });
  }

  return {
    /** How each deployment ends that is accepted from now on. */
    get nextDeployment() {
      return nextOutcome(site);
    },
    set nextDeployment(outcome) {
      setNextOutcome(site, outcome);
    },

    /** Somebody sets the management VIP by hand; null takes it away. */
    setManagementVip(address: string | null): void {
      changeCluster((cluster) => {
        cluster.managementVip = address;
      });
    },

    /** Somebody changes Fisheye's password by hand. */
    setRootPassword(password: string): void {
      changeCluster((cluster, model) => {
        cluster.rootPassword = password;
        model.sessions = {};
      });
    },

    /** Somebody sets name servers, time servers or the CPU model by hand. */
    changeSettings(settings: Partial<Pick<LabCluster, "dns" | "ntp" | "cpuModel">>): void {
      changeCluster((cluster) => {
        Object.assign(cluster, settings);
      });
    },

    /** Somebody changes a switch by hand. */
    changeVds(name: string, change: (vds: LabVds) => void): void {
      changeNamed("switch", name, ({ vdses }) => vdses, change);
    },

    /** Somebody changes a VLAN by hand. */
    changeVlan(name: string, change: (vlan: LabVlan) => void): void {
      changeNamed("VLAN", name, ({ vlans }) => vlans, change);
    },

    /** Somebody changes a virtual machine by hand. */
    changeVm(name: string, change: (vm: LabVm) => void): void {
      changeNamed("virtual machine", name, ({ vms }) => vms, change);
    },

    /** Somebody changes the account of a host's out-of-band controller. */
    setBmc(managementIp: string, bmc: NonNullable<LabHost["bmc"]>): void {
      changeHost(managementIp, (host) => {
        host.bmc = bmc;
      });
    },

    /** Somebody changes a password on a host by hand. */
    setHostPassword(managementIp: string, account: keyof LabHost["passwords"], password: string): void {
      changeHost(managementIp, ({ passwords }) => {
        passwords[account] = password;
      });
    },

    /** Somebody renames a host by hand. */
    renameHost(managementIp: string, hostname: string): void {
      changeHost(managementIp, (host) => {
        host.hostname = hostname;
      });
    },

    /** Another machine, other ports, other disks. */
    changeHardware(managementIp: string, change: (hardware: LabHost["hardware"]) => void): void {
      changeHost(managementIp, ({ hardware }) => change(hardware));
    },

    /** A host that some earlier deployment has left deployed. */
    markDeployed(managementIp: string): void {
      changeHost(managementIp, (host) => {
        Object.assign(host, { deployed: true, remains: true });
      });
    },

    /** SMTX OS is installed anew: a factory host again. */
    reinstall(managementIp: string): void {
      changeHost(managementIp, (host) => {
        Object.assign(host, { deployed: false, remains: false, hostname: FACTORY_NAME });
      });
    },
  };
}
