import type { Model } from "../model";
import type { LabCluster } from "../smtxos/cluster-model";
import type { LabTower, LibraryChange } from "./tower-model";
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
  const inCluster = (of: string, change: (standing: LabCluster) => void) => {
    const cluster = tower.clusters.find((each) => each.id === of);
    const there = cluster && siteOf(site, cluster);
    if (there?.model.cluster?.serial !== cluster?.serial) return;
    if (there === site) change(model.cluster as LabCluster);
    else there?.change((its) => change(its.cluster as LabCluster));
  };
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
