import { stringify } from "yaml";
import { type SitePlan, sitePlanSchema } from "./site-plan";

/**
 * The plan as site.yaml. Secrets are left out unless `secrets` is true: passwords belong in the environment or the
 * stack's secrets.
 */
export function toSiteYaml(plan: SitePlan, options: { secrets?: boolean } = {}): string {
  return stringify(options.secrets ? plan : withoutSecrets(plan), { lineWidth: 0 });
}

/** The plan without its passwords: what toSiteYaml writes unless told otherwise. */
export function withoutSecrets(plan: SitePlan): SitePlan {
  const text = JSON.stringify(plan, (key, value: unknown) => (key === "password" ? undefined : value));
  return sitePlanSchema.parse(JSON.parse(text));
}
