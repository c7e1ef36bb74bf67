import { expect, test } from "vitest";
import { refuseRename } from "./shared";

test("what is refused of an object of several sites is called what it is: a renaming, or another change", () => {
  expect(() => refuseRename("label", "room=A", "room=B")).toThrow(
    "label room=A is shared with other sites and is not renamed to room=B",
  );
  expect(() => refuseRename("label", "room=A", "room=A")).toThrow(
    "label room=A is shared with other sites and is not changed",
  );
});
