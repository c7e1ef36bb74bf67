import { z } from "zod";
import type { Operation } from "../operation";
import { changeTower } from "./change-tower";
import { done, parsed, rest } from "./rest";
import { licenseEntry } from "./small-rows";

const licenseSchema = z.looseObject({ data: z.looseObject({ license: z.string().min(1) }) });

/** CloudTower's own time servers and licence. */
export const systemSettingOperations: Operation[] = [
  rest({
    id: "getNtpServiceUrl",
    path: "/get-ntp-service-url",
    write: false,
    source: "the vendor's schema; semicolons: facts, part B 5A 18",
    assumed: "semicolons here too; empty text before they are set",
    example: { when: "changes", request: () => ({}) },
    checkedBy: "lab tests",
    handle: (_site, { ntp }) => ({ status: 200, body: { ntp_service_url: ntp.join(";") } }),
  }),
  rest({
    id: "updateLicense",
    path: "/update-license",
    write: true,
    source: "the vendor's schema: any text",
    assumed: "what stands in a licence: any text makes it perpetual, and its serial stays",
    example: { when: "changes", request: () => ({ data: { license: "text" } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      parsed(licenseSchema, call.body);
      changeTower(site, ({ license }) => {
        license.type = "PERPETUAL";
        license.signedAt = site.now;
      });
      return { status: 200, body: done(licenseEntry(tower).row()) };
    },
  }),
];
