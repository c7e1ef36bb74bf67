import type { SitePlan } from "../../plan/site-plan";
import { towerGuest } from "../guest/tower-guest";
import type { Model } from "../model";
import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import type { AheadAnswer, Endpoint, Place, Serving } from "../system";

export const bareTower = oneOf(
  "bareTower",
  ["closed", "502"],
  "What port 443 of CloudTower's machine does until it is installed there.",
  "whether something answers on port 443 of CloudTower's machine before its installer has ended; no document says it, a public client asks three times there and takes any answer (facts, part A 4.7). 502: a front end behind which nothing runs",
  "every call to CloudTower's port 443 before its installation has ended",
);

export const towerHttp = oneOf(
  "towerHttp",
  ["serves", "redirects", "closed"],
  "What CloudTower's port 80 does: it serves as 443 does, or leads there (301).",
  "the runbook logs in by plain http (stage 04 登录), as a public client does, while all its other calls are https; the workbook's port table lets CloudTower's port 80 lead to 443 (facts, part A 1)",
  "every call to CloudTower's port 80",
);

export function towerEndpoints({ cloudtower }: SitePlan): Place[] {
  const { address } = cloudtower ?? {};
  return address === undefined ? [] : [80, 443].map((port) => ({ address, port }));
}

/** Whether an installed CloudTower answers: always, unless the machine that it runs on is off. */
export function towerAnswers({ cloudtower, cluster }: Readonly<Model>): boolean {
  if (!cloudtower) return false;
  return cloudtower.vm === undefined || (cluster?.guests[cloudtower.vm]?.up ?? false);
}

/** Its address once it is installed, and before that the front end that stands there where the switch says so. */
export function serveTower(site: SiteState): Serving {
  const planned = site.options.plan.cloudtower?.address;

  function addresses(): string[] {
    const { model } = site;
    const address = towerAnswers(model) ? model.cloudtower?.address : undefined;
    return address === undefined ? [] : [address];
  }

  function bare(): string[] {
    const front = towerGuest(site.model) !== undefined && site.switches.of(bareTower) === "502";
    return planned !== undefined && front && addresses().length === 0 ? [planned] : [];
  }

  return {
    listening: () => [
      ...[...addresses(), ...bare()].map((address): Endpoint => ({ serves: "https", address, port: 443 })),
      ...(site.switches.of(towerHttp) === "closed" ? [] : addresses()).map(
        (address): Endpoint => ({ serves: "http", address, port: 80 }),
      ),
    ],
    standing: addresses,
    hostKeys: () => [],
  };
}

/** What its port 80 leads to, and what a front end says behind which nothing runs. */
export function towerFront(
  site: SiteState,
  { endpoint, url, tls }: { endpoint: string; url: string; tls: boolean },
): AheadAnswer | undefined {
  if (!tls && site.switches.of(towerHttp) === "redirects")
    return { status: 301, body: {}, headers: { location: `https://${endpoint.replace(/:80$/, "")}${url}` } };
  return towerAnswers(site.model) ? undefined : { status: 502, body: {}, html: true };
}
