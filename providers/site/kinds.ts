import type { System } from "../system";
import { DeliveredWorkbook } from "./delivered-workbook";
import { SiteGuard } from "./site-guard";

/** What the site has as a whole, and no vendor's system. */
export const site: System = {
  name: "site",
  title: "The site itself",
  doc: "What concerns the site as a whole and stands in no vendor's system.",
  resources: [DeliveredWorkbook, SiteGuard],
};
