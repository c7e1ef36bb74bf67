import { z } from "zod";
import { defineResource } from "../kernel/define";
import { PlanConflict } from "../kernel/errors";

const inputs = z.strictObject({
  site: z.string().min(1).describe("name of the site that is guarded"),
  what: z.string().min(1).optional().describe("what of it, as messages say it; the site itself unless told"),
  teardown: z.boolean().describe("stack setting `teardown` as of the last up: whether destroy may delete the site"),
});

/**
 * Keeps a real site from being torn down by accident. It depends on all other resources, so the engine
 * deletes it before any of them; where `teardown` is not set, its delete throws and so deletes nothing.
 */
export const SiteGuard = defineResource({
  type: "site:SiteGuard",
  sort: "setting",
  doc: "Stops `pulumi destroy` before the first delete, unless the last `up` had the stack setting `teardown: true`.",
  inputs,
  outputs: z.strictObject({}),
  example: { args: { site: "HCI-01", teardown: false }, changed: { teardown: true } },
  key: ({ site }) => site,
  async sync() {
    return {};
  },
  async read(_context, _id, { site, what, teardown }) {
    return { inputs: { site, ...(what && { what }), teardown }, outputs: {} };
  },
  async release(_context, { site, what = "site", teardown }) {
    if (teardown) return;
    throw new PlanConflict(
      `${what} ${site} is not torn down: nothing has been deleted`,
      "if it really shall go: pulumi config set teardown true, then pulumi up, then pulumi destroy",
    );
  },
});
