import type { ScannedDisk } from "./scan";

export type StorageArchitecture = "tiered" | "all-flash";

/** A disk as a deployment request names it: all of it must be known. */
interface RequestedDisk {
  drive: string;
  function: "cache" | "data";
  model: string;
  serial: string;
  /** Bytes. */
  size: number;
  type: "SSD" | "HDD";
}
/** A disk of a host, as far as its place in the request is concerned. */
type KnownDisk = Omit<RequestedDisk, "function">;

/** What a deployment request says of a host's disks. */
export interface DiskLayout {
  disks: RequestedDisk[];
  disk_data_with_cache: boolean;
  with_faster_ssd_as_cache: boolean;
}

/**
 * Roles of a host's disks. The operating system's disk is not listed. NVMe drives report type SSD and are
 * known by their name. Throws an Error with the reason where the media do not allow the architecture.
 *
 * Source: the vendor's samples and its matrix of media and architectures. In one case, NVMe beside SSD
 * without tiers, its documents forbid what its tool does: refused until the user decides (`flashMix`).
 */
export function layOutDisks(scanned: ScannedDisk[], architecture: StorageArchitecture, flashMix?: "data"): DiskLayout {
  const disks = scanned.filter((disk) => !isSystemDisk(disk)).map(known);
  const media = new Set(disks.map(mediumOf));
  if (disks.length === 0) throw new Error("has no disk beside the system's");
  if (!media.has("NVMe") && !media.has("SSD")) throw new Error("has hard disks only; SMTX OS needs SSD or NVMe");

  if (media.size === 1) return layout(disks, () => "data", true);
  if (architecture === "tiered") {
    const fastest = media.has("NVMe") ? "NVMe" : "SSD";
    return layout(disks, (disk) => (mediumOf(disk) === fastest ? "cache" : "data"), false);
  }
  if (media.has("HDD")) {
    throw new Error(`mixes ${[...media].join(" and ")}, which all-flash without tiers (全闪-不分层) does not allow`);
  }
  if (flashMix !== "data") {
    throw new Error(
      "mixes NVMe and SSD: for all-flash without tiers (全闪-不分层) the vendor's documents forbid it and its tool makes all of them data disks; " +
        'plan tiers (混闪-分层), or set flashMix to "data" to do as the tool does',
    );
  }
  return layout(disks, () => "data", true);
}

/** `boot` in today's scans; `smtx_system` in older ones. */
export function isSystemDisk(disk: ScannedDisk): boolean {
  return disk.function === "boot" || disk.function === "smtx_system";
}

/** What a scan does not tell of a disk is not guessed: a size of 0 would be one. */
function known({ drive, model, serial, size, type }: ScannedDisk): KnownDisk {
  if (!size) throw new Error(`does not tell the size of disk ${drive}, which the deployment request needs`);
  if (type !== "SSD" && type !== "HDD")
    throw new Error(`has disk ${drive} of type ${type || "unknown"}; the deployment request knows SSD and HDD`);
  return { drive, model: model ?? "", serial: serial ?? "", size, type };
}

function mediumOf(disk: KnownDisk): "NVMe" | "SSD" | "HDD" {
  return disk.drive.startsWith("nvme") ? "NVMe" : disk.type;
}

function layout(disks: KnownDisk[], role: (disk: KnownDisk) => "cache" | "data", dataWithCache: boolean): DiskLayout {
  return {
    disks: disks.map((disk) => ({
      drive: disk.drive,
      function: role(disk),
      model: disk.model,
      serial: disk.serial,
      size: disk.size,
      type: disk.type,
    })),
    disk_data_with_cache: dataWithCache,
    with_faster_ssd_as_cache: true,
  };
}
