import { expect, test } from "vitest";
import { CannotReach, NotAuthorised } from "./errors";
import { failure } from "./fixtures/wire.fixture";
import { createLogIns } from "./log-ins";

const WAY = "fisheye HCI-01";
const WRONG = { username: "root", password: "Canary-Wrong-1" };
const RIGHT = { username: "root", password: "Canary-Right-1" };

/** A system that takes one password, and counts who asks. */
function system(password = RIGHT.password) {
  const logIns = createLogIns();
  const seen: string[] = [];
  const taken = { password };
  return {
    logIns,
    seen,
    taken,
    logIn: (credentials: { username: string; password: string }, way = WAY) =>
      logIns.attempt(way, credentials, async () => {
        seen.push(credentials.password);
        await Promise.resolve();
        if (credentials.password !== taken.password) throw new NotAuthorised("401: no", "check it");
        return `session ${seen.length}`;
      }),
  };
}

test("a refused log-in is tried once, however many come, at once or later, and all learn why", async () => {
  const { logIn, seen } = system();
  const errors = await Promise.all(Array.from({ length: 24 }, () => failure(logIn(WRONG))));
  errors.push(await failure(logIn(WRONG)));
  expect(new Set(errors.map(({ message }) => message))).toEqual(new Set(["401: no — check it"]));
  expect(seen).toEqual([WRONG.password]);
});

test("other credentials, and another system, are tried", async () => {
  const { logIn, seen } = system();
  await failure(logIn(WRONG));
  expect(await logIn(RIGHT)).toBe("session 2");
  await failure(logIn({ ...WRONG, username: "admin" }));
  await failure(logIn(WRONG, "ssh 10.0.20.11:22"));
  expect(seen).toHaveLength(4);
});

test("what works is tried by each who needs a session of its own", async () => {
  const { logIn, seen } = system();
  await Promise.all(Array.from({ length: 5 }, () => logIn(RIGHT)));
  expect(seen).toHaveLength(5);
});

test("once a password has been set there, the refused one is tried again", async () => {
  const { logIn, logIns, seen, taken } = system();
  await failure(logIn(WRONG));
  taken.password = WRONG.password;
  await failure(logIn(WRONG));
  logIns.forget(WAY);
  expect(await logIn(WRONG)).toBe("session 2");
  expect(seen).toHaveLength(2);
});

test("a password that works no more is refused once, too", async () => {
  const { logIn, seen, taken } = system();
  await logIn(RIGHT);
  taken.password = "changed";
  await failure(logIn(RIGHT));
  await failure(logIn(RIGHT));
  expect(seen).toHaveLength(2);
});

test("what did not come to an answer is tried again", async () => {
  const logIns = createLogIns();
  let attempts = 0;
  const lost = () =>
    logIns.attempt(WAY, RIGHT, async () => {
      attempts += 1;
      throw new CannotReach("no answer", { sent: true });
    });
  await Promise.all([failure(lost()), failure(lost())]);
  expect(attempts).toBe(2);
});
