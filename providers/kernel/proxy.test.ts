import { expect, test } from "vitest";
import { proxyFor } from "./proxy";

const environment = {
  HTTPS_PROXY: "http://me:pa%20ss@proxy.site.test:3128",
  http_proxy: "10.0.0.1:8080",
  NO_PROXY: "tower.site.test, .inner.test,10.0.20.11:8443",
};

test("the variable of the scheme names the proxy", () => {
  expect(proxyFor(true, "10.0.20.12", 443, environment)).toEqual({
    host: "proxy.site.test",
    port: 3128,
    authorization: `Basic ${Buffer.from("me:pa ss").toString("base64")}`,
  });
  expect(proxyFor(false, "10.0.20.12", 80, environment)).toMatchObject({ host: "10.0.0.1", port: 8080 });
  expect(proxyFor(true, "10.0.20.12", 443, {})).toBeUndefined();
});

test.each([
  ["tower.site.test", 443, true],
  ["a.tower.site.test", 443, true],
  ["a.inner.test", 443, true],
  ["othertower.site.test", 443, false],
  ["10.0.20.11", 8443, true],
  ["10.0.20.11", 443, false],
])("NO_PROXY exempts %s:%i: %s", (host, port, exempt) => {
  expect(proxyFor(true, host, port, environment) === undefined).toBe(exempt);
  expect(proxyFor(true, host, port, { ...environment, NO_PROXY: "*" })).toBeUndefined();
});
