import { expect, test } from "vitest";
import { type Example, type ExampleSite, NoneYet, walkExamples } from "./example";

interface Walked {
  id: string;
  example: Example;
}

/** The operations on a kind whose objects stand on those of other kinds. */
function kind(name: string, ...standsOn: string[]): Walked[] {
  const on = (kinds: string[]) => (at: ExampleSite) => kinds.map((each) => at.idOf(each));
  return [
    { id: `create${name}`, example: { when: "makes", request: on(standsOn) } },
    { id: `update${name}`, example: { when: "changes", request: on([name]) } },
    { id: `delete${name}`, example: { when: "ends", request: on([name]) } },
  ];
}

/** The walk's order. */
async function walked(operations: Walked[]): Promise<string[]> {
  const order: string[] = [];
  const stands = new Set<string>();
  const idOf = (name: string) => {
    if (!stands.has(name)) throw new NoneYet(name);
    return name;
  };
  await walkExamples(operations, { idOf } as ExampleSite, async ({ id }) => {
    order.push(id);
    if (id.startsWith("create")) stands.add(id.slice("create".length));
    if (id.startsWith("delete")) stands.delete(id.slice("delete".length));
  });
  return order;
}

test("what an example stands on is made before it and ends after it, in whatever order the operations are", async () => {
  const order = ["createLabel", "createCluster", "createFolder"];
  for (const operations of [
    [...kind("Label"), ...kind("Folder", "Cluster"), ...kind("Cluster")],
    [...kind("Label"), ...kind("Cluster"), ...kind("Folder", "Cluster")],
  ]) {
    const all = await walked(operations);
    expect(all.slice(0, 3)).toEqual(order);
    expect([...all.slice(3, 6)].sort()).toEqual(["updateCluster", "updateFolder", "updateLabel"]);
    expect(all.slice(6)).toEqual(["deleteFolder", "deleteCluster", "deleteLabel"]);
  }
});

test("an example that stands on what nothing makes is named, and what to do", async () => {
  await expect(walked([...kind("Folder", "Cluster")])).rejects.toThrow(
    "the example of createFolder needs a Cluster, which no operation before it makes: give an operation that makes one an example",
  );
});
