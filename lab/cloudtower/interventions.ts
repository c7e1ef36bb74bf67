import type { SiteState } from "../site-state";
import { changeTower } from "./change-tower";
import { putTower } from "./new-tower";
import type { LabTower } from "./tower-model";

/** What happens to CloudTower behind a client's back. */
export function cloudtowerByHand(site: SiteState) {
  return {
    /** It is installed by hand at the plan's address: it answers from now on, and nobody has an account yet. */
    install(): void {
      site.change((model) => putTower(site, model));
    },

    /** Somebody changes anything in it by hand. */
    change(change: (tower: LabTower) => void): void {
      changeTower(site, change);
    },

    /** Somebody lets its paused tasks go on. */
    resumeTasks(): void {
      changeTower(site, ({ tasks }) => {
        for (const task of tasks) if (task.outcome === "paused") task.outcome = "well";
      });
    },
  };
}
