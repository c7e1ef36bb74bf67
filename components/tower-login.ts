import { z } from "zod";
import { oneOf, setting } from "../providers/kernel/setting";

/** The stack setting `cloudtowerLogin`, in whatever letters. */
export const cloudtowerLogin = setting(
  z
    .string()
    .toUpperCase()
    .pipe(oneOf("LOCAL", "LDAP", "AUTHN", "API_KEY")),
  "`LDAP`, `AUTHN` or `API_KEY` (the password is the key): who knows the user of a CloudTower that stands already; `LOCAL` unless set",
  { how: "pulumi config set cloudtowerLogin LDAP, AUTHN or API_KEY" },
);

/** Who knows the user that logs in to CloudTower, in its own words; API_KEY: the password is one, and nobody logs in. */
export type TowerLogin = z.output<typeof cloudtowerLogin>;
