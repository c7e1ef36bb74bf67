import { expect, test } from "vitest";
import { CannotReach, NotAuthorised, NotTrusted, Refused } from "./errors";
import { createTeller } from "./teller";
import { isAnswerLost } from "./wire-errors";

const refused = () => new NotAuthorised("Unable to log in to HCI-01: 401", "check the credentials");

test("what failed for a connection is told by one resource, and by that one again; the others point to it", () => {
  const teller = createTeller();
  const say = (label: string, error: Error = refused()) => (teller.of(label, "HCI-01", error) as Error).message;
  expect(["VIP/a", "Vlan/b", "Vlan/c", "VIP/a"].map((label) => say(label))).toEqual([
    refused().message,
    "HCI-01 refuses the log-in: see VIP/a",
    "HCI-01 refuses the log-in: see VIP/a",
    refused().message,
  ]);
  expect(say("Vlan/b", new NotTrusted("its certificate is not trusted"))).toBe("its certificate is not trusted");
  expect(say("Vlan/c", new NotTrusted("its certificate is not trusted"))).toBe("HCI-01 is not trusted: see Vlan/b");
});

test("a pointer is the error that it points to, but for its words", () => {
  const teller = createTeller();
  const lost = () => new CannotReach("Unable to log in: reset", { sent: true });
  teller.of("VIP/a", "HCI-01", lost());
  const pointer = teller.of("Vlan/b", "HCI-01", lost());
  expect(pointer).toBeInstanceOf(CannotReach);
  expect(pointer).toMatchObject({ message: "HCI-01 cannot be reached: see VIP/a", hint: undefined });
  expect(isAnswerLost(pointer)).toBe(true);
});

test("what is said of an object itself is never cut short, nor what is no error of ours", () => {
  const teller = createTeller();
  for (const error of [new Refused("409: it is locked"), new Error("a fault")])
    for (const label of ["VIP/a", "Vlan/b"]) expect(teller.of(label, "HCI-01", error)).toBe(error);
});
