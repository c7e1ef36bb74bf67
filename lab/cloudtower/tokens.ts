import type { Model } from "../model";
import type { Call } from "../operation";
import type { SiteState } from "../site-state";
import { tokenOf } from "./rest";

/** Forgets the token that a call came with. */
export function expireToken(site: SiteState, { headers }: Call): void {
  site.change(({ cloudtower }) => {
    delete cloudtower?.tokens[tokenOf(headers) ?? ""];
  });
}

/** A model of before with the tokens of now: one given since then holds. */
export function withLogins(past: Model, { cloudtower }: Readonly<Model>): Model {
  if (!past.cloudtower) return past;
  return { ...past, cloudtower: { ...past.cloudtower, tokens: cloudtower?.tokens ?? {} } };
}
