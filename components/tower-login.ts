import * as pulumi from "@pulumi/pulumi";

const LOGINS = ["LOCAL", "LDAP", "AUTHN", "API_KEY"] as const;
/** Who knows the user that logs in to CloudTower, in its own words; API_KEY: the password is one, and nobody logs in. */
export type TowerLogin = (typeof LOGINS)[number];

/** The stack setting `cloudtowerLogin`. Throws RunError with the words that it may have. */
export function towerLogin(text: string | undefined): TowerLogin | undefined {
  const login = LOGINS.find((each) => each === text?.toUpperCase());
  if (text === undefined || login) return login;
  throw new pulumi.RunError(
    `the stack setting cloudtowerLogin is "${text}": set it to one of ${LOGINS.join(", ")}, or take it out (pulumi config rm cloudtowerLogin), which is LOCAL`,
  );
}
