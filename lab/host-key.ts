import { oneOf } from "./switch";

export const newHostKeys = oneOf(
  "newHostKeys",
  [false, true],
  "A deployment gives its hosts new SSH host keys.",
  "whether hosts keep their SSH host keys through a deployment; no document says it",
  "SSH of each host",
);
