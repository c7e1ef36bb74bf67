import { oneOf } from "../switch";

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
