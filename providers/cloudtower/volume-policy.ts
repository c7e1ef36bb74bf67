import { z } from "zod";

/** VmVolumeElfStoragePolicyType of the vendor's schema, without erasure coding, whose figures 4.6.0 does not take. */
export const policySchema = z.enum([
  "REPLICA_1_THICK_PROVISION",
  "REPLICA_1_THIN_PROVISION",
  "REPLICA_2_THICK_PROVISION",
  "REPLICA_2_THIN_PROVISION",
  "REPLICA_3_THICK_PROVISION",
  "REPLICA_3_THIN_PROVISION",
]);
