import type { System } from "../system";
import { DeliveredWorkbook } from "./delivered-workbook";
import { SiteGuard } from "./site-guard";

/** What the site has as a whole, and no vendor's system. */
export const site: System = {
  name: "site",
  title: "The site itself",
  resources: [DeliveredWorkbook, SiteGuard],
};
