import type { Model } from "../model";
import type { LabTower } from "./tower-model";

/** Changes what CloudTower remembers. */
export function changeTower(
  site: { change(change: (model: Model) => void): void },
  change: (tower: LabTower) => void,
): void {
  site.change(({ cloudtower }) => {
    if (!cloudtower) throw new Error("no CloudTower is installed in the lab yet");
    change(cloudtower);
  });
}
