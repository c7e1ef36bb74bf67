import type { Model } from "../model";
import type { LabCluster, LabImage } from "../smtxos/cluster-model";
import { nextLun } from "../smtxos/luns";
import type { LabTower, LibraryChange, LibraryImageChange } from "./tower-model";
import { siteOf, type TowerSite } from "./tower-site";

/** Ends a task on a template of the content library; whether it has failed. */
export function endLibrary(
  site: TowerSite,
  model: Model,
  tower: LabTower,
  { id, act }: LibraryChange,
  { well, until }: { well: boolean; until: number },
): boolean {
  const template = tower.libraryTemplates?.find((each) => each.id === id);
  if (!template) return true;
  if (template.busy) template.busy.until = until;
  const forget = () => {
    tower.libraryTemplates = tower.libraryTemplates?.filter((each) => each !== template) ?? [];
  };
  if (!well) {
    if (act.does === "create") forget();
    return true;
  }
  const inCluster = (of: string, change: (standing: LabCluster) => void) =>
    changeStanding(site, model, tower, of, change);
  const takeOut = (of: string) =>
    inCluster(of, (standing) => {
      standing.templates = standing.templates?.filter(({ uuid }) => uuid !== template.templates[of]) ?? [];
      delete template.templates[of];
    });
  switch (act.does) {
    case "create":
    case "distribute":
      for (const [of, made] of Object.entries(act.templates))
        inCluster(of, (standing) => {
          standing.templates = [...(standing.templates ?? []), made];
          template.templates[of] = made.uuid;
        });
      return false;
    case "update":
      Object.assign(template, act.to);
      for (const [of, uuid] of Object.entries(template.templates))
        inCluster(of, ({ templates = [] }) => {
          for (const each of templates) if (each.uuid === uuid) Object.assign(each, act.to);
        });
      return false;
    case "withdraw":
      for (const of of act.clusters) takeOut(of);
      return false;
    case "delete":
      for (const of of Object.keys(template.templates)) takeOut(of);
      forget();
      return false;
  }
}

/** Changes what stands in a cluster, wherever it is: within a change of the site's model, which is handed in. */
function changeStanding(
  site: TowerSite,
  model: Model,
  tower: LabTower,
  of: string,
  change: (standing: LabCluster) => void,
): void {
  const cluster = tower.clusters.find((each) => each.id === of);
  const there = cluster && siteOf(site, cluster);
  if (there?.model.cluster?.serial !== cluster?.serial) return;
  if (there === site) change(model.cluster as LabCluster);
  else there?.change((its) => change(its.cluster as LabCluster));
}

/** Ends a task on an image of the content library; whether it has failed. */
export function endLibraryImage(
  site: TowerSite,
  model: Model,
  tower: LabTower,
  { id, act }: LibraryImageChange,
  { well, until }: { well: boolean; until: number },
): boolean {
  const image = tower.libraryImages?.find((each) => each.id === id);
  if (!image) return true;
  if (image.busy) image.busy.until = until;
  if (!well) return true;
  const inCluster = (of: string, change: (standing: LabCluster) => void) =>
    changeStanding(site, model, tower, of, change);
  const takeOut = (of: string) =>
    inCluster(of, (standing) => {
      standing.images = standing.images.filter(({ uuid }) => uuid !== image.images[of]);
      delete image.images[of];
    });
  switch (act.does) {
    case "update":
      Object.assign(image, act.to);
      for (const [of, uuid] of Object.entries(image.images))
        inCluster(of, ({ images }) => {
          for (const each of images) if (each.uuid === uuid) Object.assign(each, act.to);
        });
      return false;
    case "distribute": {
      let like: LabImage | undefined;
      for (const [of, uuid] of Object.entries(image.images))
        inCluster(of, ({ images }) => {
          like ??= images.find((each) => each.uuid === uuid);
        });
      for (const [of, uuid] of Object.entries(act.images))
        inCluster(of, (standing) => {
          if (!like || image.images[of] !== undefined) return;
          standing.images.push({ ...structuredClone(like), uuid, volume: uuid, lun: nextLun(standing) });
          image.images[of] = uuid;
        });
      return false;
    }
    case "withdraw":
      for (const of of act.clusters) takeOut(of);
      return false;
    case "delete":
      for (const of of Object.keys(image.images)) takeOut(of);
      tower.libraryImages = tower.libraryImages?.filter((each) => each !== image) ?? [];
      return false;
  }
}
