import type { SiteState } from "../site-state";
import type { LabGuest } from "./guest-model";
import { towerGuest } from "./tower-guest";

/** What happens in the guest of CloudTower's machine behind a client's back. */
export function guestByHand(site: SiteState) {
  return {
    /** Somebody works in it by hand. */
    change(change: (guest: LabGuest) => void): void {
      site.change((model) => {
        const guest = model.cluster?.guests[towerGuest(model) ?? ""];
        if (!guest) throw new Error("no guest answers at CloudTower's address yet");
        change(guest);
      });
    },
  };
}
