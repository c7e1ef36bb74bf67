import { expect, test } from "vitest";
import { towerLogin } from "./tower-login";

test("who knows the user of a CloudTower is said in its own words, in whatever letters", () => {
  expect(towerLogin(undefined)).toBeUndefined();
  expect(["LOCAL", "ldap", "Authn", "api_key"].map(towerLogin)).toEqual(["LOCAL", "LDAP", "AUTHN", "API_KEY"]);
});

test("another word is refused with those that it may be", () => {
  expect(() => towerLogin("AD")).toThrow(
    /cloudtowerLogin is "AD": set it to one of LOCAL, LDAP, AUTHN, API_KEY, or take it out/,
  );
});
