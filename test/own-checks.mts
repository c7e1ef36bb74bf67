import { afterAll } from "vitest";
import { checked } from "../lab/cloudtower/openapi-checked.fixture.js";

// After each file of tests: notes what it has had checked against CloudTower's documents, which the reporter adds up.
// biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures a hook wants; this one none.
afterAll(({}, { meta }) => {
  const { spoke, ...found } = checked;
  if (spoke) meta.cloudtowerOpenapi = found;
  Object.assign(checked, { spoke: false, given: false, requests: 0, answers: 0 });
});
