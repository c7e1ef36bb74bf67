import { expect, onTestFinished, test } from "vitest";
import { sitePlan } from "./plans";
import { createSiteProject } from "./site-project";

test("try", async () => {
  const site = await createSiteProject(sitePlan(3));
  onTestFinished(() => site.close());
  const first = await site.pulumi("up", "--yes", "--skip-preview");
  console.log(first.output);
  site.lab.clearRequests();
  const second = await site.pulumi("up", "--yes", "--skip-preview", "--refresh");
  console.log(second.output);
  console.log(site.lab.requests().filter((request) => request.write));
  expect(first.code).toBe(0);
}, 200000);
