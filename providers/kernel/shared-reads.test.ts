import { expect, test } from "vitest";
import { manualClock } from "./fixtures/manual-clock.fixture";
import { createSharedReads } from "./shared-reads";

interface Disk {
  id: string;
  size: number;
}

const byId = (disks: Disk[]) => new Map(disks.map((disk) => [disk.id, { ...disk }]));

function shared() {
  const disks: Disk[] = [
    { id: "web", size: 10 },
    { id: "db", size: 20 },
  ];
  const requests: string[] = [];
  const hidden = new Set<string>();
  const walks = { take: 0 };
  const clock = manualClock();
  const reads = createSharedReads<Disk>(
    {
      async ask(keys) {
        requests.push(keys.join(" "));
        return byId(disks.filter(({ id }) => keys.includes(id)));
      },
      async walk() {
        requests.push("walk");
        await clock.sleep(walks.take);
        if (hidden.has("everything")) throw new Error("no end of them");
        return byId(disks.filter(({ id }) => !hidden.has(id)));
      },
    },
    clock,
  );
  const sizes = async (...keys: string[]) => {
    const read = await Promise.all(keys.map((key) => reads.recent(key)));
    return read.map((disk) => disk?.size);
  };
  return { disks, requests, hidden, walks, clock, reads, sizes };
}

test("what one resource reads is asked for by its key, and so is that of all who ask at the same time", async () => {
  const { requests, sizes } = shared();
  expect(await sizes("web", "db", "none")).toEqual([10, 20, undefined]);
  expect(requests).toEqual(["web db none"]);
});

test("one walk answers all who ask after the first, for some seconds", async () => {
  const { requests, clock, sizes } = shared();
  await sizes("web");
  expect(await sizes("db", "web")).toEqual([20, 10]);
  expect(await sizes("web")).toEqual([10]);
  expect(requests).toEqual(["web", "walk"]);
  await clock.sleep(6_000);
  await sizes("web");
  expect(requests).toEqual(["web", "walk", "web"]);
});

test("a walk that takes long answers for as long again", async () => {
  const { requests, walks, clock, sizes } = shared();
  walks.take = 20_000;
  await sizes("web");
  await sizes("db");
  await clock.sleep(15_000);
  expect(await sizes("web", "db")).toEqual([10, 20]);
  expect(requests).toEqual(["web", "walk"]);
  await clock.sleep(6_000);
  await sizes("web");
  expect(requests).toEqual(["web", "walk", "web"]);
});

test("what a walk does not have is asked for by its key, before it counts as gone", async () => {
  const { requests, hidden, sizes } = shared();
  hidden.add("db");
  await sizes("web");
  expect(await sizes("db")).toEqual([20]);
  expect(await sizes("gone")).toEqual([undefined]);
  expect(requests).toEqual(["web", "walk", "db", "gone"]);
});

test("after a drop nothing is answered from before it, not even by a walk under way", async () => {
  const { reads, disks, requests, sizes } = shared();
  await sizes("web");
  const underWay = sizes("db");
  reads.drop();
  (disks[1] as Disk).size = 40;
  expect(await sizes("db")).toEqual([40]);
  await underWay;
  expect(requests).toEqual(["web", "walk", "db"]);
});

test("what is fresh always comes of a request of its own time", async () => {
  const { reads, requests, sizes } = shared();
  await sizes("web");
  await sizes("db");
  await Promise.all([reads.fresh("web"), reads.fresh("db")]);
  expect(requests).toEqual(["web", "walk", "web db"]);
});

test("a walk that fails fails for those who wait for it, and the next who ask begin anew", async () => {
  const { requests, hidden, sizes } = shared();
  await sizes("web");
  hidden.add("everything");
  await expect(sizes("db")).rejects.toThrow("no end of them");
  hidden.clear();
  expect(await sizes("db")).toEqual([20]);
  expect(requests).toEqual(["web", "walk", "db"]);
});
