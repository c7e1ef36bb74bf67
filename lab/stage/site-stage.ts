/** How far a site stands that a lab starts with: its hosts fresh, deployed, configured, managed by a CloudTower, which has a template. */
export const SITE_STAGES = ["scan", "cluster", "configured", "cloudtower", "template"] as const;
export type SiteStage = (typeof SITE_STAGES)[number];
